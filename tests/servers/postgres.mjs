// A real PostgreSQL from the system's packages. Never as root, which it refuses; nothing is kept, so nothing is synced to disk.
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { accountOf, freePort, HOST, programPath, runProgram, serverFolder, startServer } from './server-process.mjs'

const VERSIONS = '/usr/lib/postgresql' // where Debian's packages put them, apart by version
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])

/** Why PostgreSQL cannot be started here and what to do, `null` when it can. */
export function postgresMissing() {
  return programPath('postgres', binFolders()) === null || programPath('initdb', binFolders()) === null
    ? 'PostgreSQL is missing: `apt-get install postgresql` (its programs are looked for in /usr/lib/postgresql/*/bin and the PATH)'
    : null
}

/**
 * A fresh, empty database `postgres` of user `postgres`, no password.
 * @returns {Promise<{ url: string, port: number, stop: () => Promise<void> }>}
 */
export async function startPostgres({ maxConnections = 100 } = {}) {
  const missing = postgresMissing()
  if (missing !== null) throw new Error(missing)
  const account = await accountOf(['postgres', 'nobody'])
  const folder = await serverFolder('postgres', account)
  const data = join(folder, 'data')
  const initdb = [
    '-D',
    data,
    '-U',
    'postgres',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--no-sync',
    '--no-instructions',
    '--locale=C',
  ]
  await runProgram(programPath('initdb', binFolders()), initdb, account)
  const port = await freePort()
  const settings = {
    listen_addresses: HOST,
    port,
    unix_socket_directories: folder,
    max_connections: maxConnections,
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    shared_buffers: '16MB',
  }
  const stop = await startServer({
    path: programPath('postgres', binFolders()),
    args: ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    account,
    folder,
    stopSignal: 'INT', // fast shutdown: sessions are ended, not waited for
    isReady: () => answers(port),
  })
  return { url: `postgres://postgres@${HOST}:${port}/postgres`, port, stop }
}

function binFolders() {
  try {
    const versions = readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a))
    return versions.map((version) => join(VERSIONS, version, 'bin'))
  } catch {
    return []
  }
}

/** Whether it takes sessions: while it starts it listens already, and turns them away. */
function answers(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, HOST)
    let received = Buffer.alloc(0)
    socket.setTimeout(1000, () => socket.destroy(new Error('no answer')))
    socket.once('error', reject)
    socket.once('close', () => resolve(false))
    socket.once('connect', () => socket.write(SSL_REQUEST))
    socket.on('data', (chunk) => {
      if (received.length === 0) socket.write(startupMessage())
      received = Buffer.concat([received, chunk])
      // the first byte answers the question for TLS; then R: authenticated, E: "the database system is starting up"
      if (received.length < 2) return
      resolve(received[1] === 'R'.charCodeAt(0))
      socket.destroy()
    })
  })
}

function startupMessage() {
  const body = Buffer.from('\0\x03\0\0user\0postgres\0database\0postgres\0\0', 'latin1')
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length + 4)
  return Buffer.concat([length, body])
}
