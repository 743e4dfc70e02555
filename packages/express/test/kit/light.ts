// Requests without a network, for tests that need tens of thousands.
import { IncomingMessage, type RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Writable } from 'node:stream'

export function lightRequest(listener: RequestListener, method: string, url: string): Promise<number> {
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() })
  const req = new IncomingMessage(sink as Socket)
  req.method = method
  req.url = url
  req.headers = { host: 'test' }
  req.push(null)
  const res = new ServerResponse(req)
  res.assignSocket(sink as Socket)
  return new Promise((resolve) => {
    res.on('finish', () => {
      res.emit('close')
      resolve(res.statusCode)
    })
    listener(req, res)
  })
}
