// Requests without sockets: Node's own request and response over a connection that throws away what is written.
import { IncomingMessage, ServerResponse } from 'node:http'
import { Duplex } from 'node:stream'

export class DiscardingConnection extends Duplex {
  bytesWritten = 0

  _read() {}

  _write(chunk, _encoding, done) {
    this.bytesWritten += chunk.length
    done()
  }

  /** A request as the server would have parsed it, and its response, which gives the connection back when it is sent. */
  open(method, url) {
    const req = new IncomingMessage(this)
    req.method = method
    req.url = url
    req.httpVersion = '1.1'
    req.httpVersionMajor = 1
    req.httpVersionMinor = 1
    req.complete = true
    const res = new ServerResponse(req)
    res.assignSocket(this)
    res.once('finish', giveBack)
    return { req, res }
  }
}

function giveBack() {
  this.detachSocket(this.socket)
  this.destroyed = true
  this.emit('close')
}
