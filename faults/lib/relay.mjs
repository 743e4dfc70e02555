// A network between an app and its database: on loopback a query takes 0.1 ms, across a data centre 1 to 3 ms, and faults show by that.
import { once } from 'node:events'
import { connect, createServer } from 'node:net'

const HOST = '127.0.0.1'

/** Every piece arrives `delayMs` later, in both directions, in order. */
export async function startRelay({ port, delayMs }) {
  const sockets = new Set()
  const server = createServer({ noDelay: true }, (client) => {
    const target = connect({ port, host: HOST, noDelay: true })
    for (const [from, to] of [
      [client, target],
      [target, client],
    ]) {
      sockets.add(from)
      from.on('data', (chunk) => later(() => to.write(chunk)))
      from.on('end', () => later(() => to.end()))
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        later(() => to.destroy())
      })
    }
  })
  // timers of one length fire in the order in which they were set
  const later = (act) => setTimeout(act, delayMs)
  server.listen(0, HOST)
  await once(server, 'listening')
  return {
    port: server.address().port,
    async stop() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
