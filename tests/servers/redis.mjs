// A real Redis from the system's packages, in memory only.
import { connect } from 'node:net'
import { accountOf, freePort, HOST, programPath, serverFolder, startServer } from './server-process.mjs'

/** Why Redis cannot be started here and what to do, `null` when it can. */
export function redisMissing() {
  return programPath('redis-server') === null
    ? 'Redis is missing: `apt-get install redis-server` (redis-server is looked for in the PATH)'
    : null
}

/**
 * An empty Redis without password.
 * @returns {Promise<{ url: string, port: number, stop: () => Promise<void> }>}
 */
export async function startRedis() {
  const missing = redisMissing()
  if (missing !== null) throw new Error(missing)
  const account = await accountOf(['redis', 'nobody'])
  const folder = await serverFolder('redis', account)
  const port = await freePort()
  const settings = { bind: HOST, port, dir: folder, save: '', appendonly: 'no', databases: 16 }
  const stop = await startServer({
    path: programPath('redis-server'),
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
    account,
    folder,
    stopSignal: 'TERM',
    isReady: () => answers(port),
  })
  return { url: `redis://${HOST}:${port}`, port, stop }
}

function answers(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, HOST)
    socket.setTimeout(1000, () => socket.destroy(new Error('no answer')))
    socket.once('error', reject)
    socket.once('close', () => resolve(false))
    socket.once('connect', () => socket.write('PING\r\n'))
    socket.once('data', (answer) => {
      resolve(answer.toString().startsWith('+PONG'))
      socket.destroy()
    })
  })
}
