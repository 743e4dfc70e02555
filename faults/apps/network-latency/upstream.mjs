// The carrier: its gate is overloaded and takes new connections now and then; who is inside is served at once.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'

const BUSY_MS = 450
const EVERY_MS = 600
const QUEUE = 1 // further ones are not answered by the kernel, and try again after a second

export default async function start({ port }) {
  const inside = fork(new URL('inside.mjs', import.meta.url))
  const gate = createServer({ pauseOnConnect: true }, (socket) => inside.send('socket', socket))
  gate.listen({ port, host: '127.0.0.1', backlog: QUEUE })
  await once(gate, 'listening')
  const nothing = new Int32Array(new SharedArrayBuffer(4))
  const busy = setInterval(() => Atomics.wait(nothing, 0, 0, BUSY_MS), EVERY_MS)
  return {
    url: `http://127.0.0.1:${port}`,
    stop() {
      clearInterval(busy)
      gate.close()
      inside.disconnect()
    },
  }
}
