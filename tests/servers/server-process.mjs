// A server for tests, of its own: on loopback, on a free port, in a folder that goes with it. It ends when `stop()` is called and when the
// process that started it is gone, however it went: a shell between the two waits for its standard input to close.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chown, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

export const HOST = '127.0.0.1'

const START_LIMIT_MS = 10_000
const POLL_MS = 25

// What a shell starts in the background ignores SIGINT until it says otherwise, which both servers do. A shutdown takes 50 ms; after 5 s
// the server is killed.
const SUPERVISOR = `
exec 3<&0
"$@" </dev/null &
server=$!
( cat <&3 >/dev/null; kill -s "$STOP_SIGNAL" "$server" 2>/dev/null; sleep 5; kill -s KILL "$server" 2>/dev/null ) </dev/null >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$server"
status=$?
kill "$watcher" 2>/dev/null
rm -rf "$SERVER_FOLDER"
exit "$status"
`

/** Path of a program in `folders` or in the PATH; `null` when there is none. */
export function programPath(name, folders = []) {
  const all = [...folders, ...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin']
  return all.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null
}

/** User and group of an account, `null` where it does not exist or we are not root: then nothing has to change. */
export async function accountOf(names) {
  if (process.getuid?.() !== 0) return null
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  for (const name of names) {
    const line = lines.find(([account]) => account === name)
    if (line !== undefined) return { uid: Number(line[2]), gid: Number(line[3]) }
  }
  return null
}

/** A folder that belongs to the account. */
export async function serverFolder(name, account) {
  const folder = await mkdtemp(join(tmpdir(), `perf-monitor-${name}-`))
  if (account !== null) await chown(folder, account.uid, account.gid)
  return folder
}

export async function freePort() {
  const server = createServer().listen(0, HOST)
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Runs a program to its end. @throws with what it printed */
export async function runProgram(path, args, account) {
  const child = spawn(path, args, { ...account, stdio: ['ignore', 'pipe', 'pipe'] })
  const printed = collect(child)
  const code = await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject))
  if (code !== 0) throw new Error(`${path} ended with code ${code}:\n${printed()}`)
}

/**
 * Starts a server and waits until `isReady` says true. @throws with what it printed when it ends before, or takes more than 10 s
 * @returns what ends it; a second call waits for the same end
 */
export async function startServer({ path, args, account, folder, stopSignal, isReady }) {
  const child = spawn('/bin/sh', ['-c', SUPERVISOR, 'server', path, ...args], {
    ...account,
    cwd: folder,
    detached: true, // Ctrl-C reaches the tests, which then close its input
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, LC_ALL: 'C', STOP_SIGNAL: stopSignal, SERVER_FOLDER: folder },
  })
  const printed = collect(child)
  const ended = new Promise((resolve) => child.once('close', resolve).once('error', resolve))
  child.stdin.on('error', () => {}) // it ended by itself
  const handles = [child, child.stdin, child.stdout, child.stderr]
  const stop = async () => {
    for (const handle of handles) handle.ref?.()
    child.stdin.destroy()
    await ended // its shell kills it when it takes long
    await rm(folder, { recursive: true, force: true })
  }
  const endedEarly = ended.then(() => {
    throw new Error(`${path} ended while it started:\n${printed()}`)
  })
  endedEarly.catch(() => {})
  try {
    const isUp = await Promise.race([becomesReady(isReady), endedEarly])
    if (!isUp) throw new Error(`${path} is not ready after ${START_LIMIT_MS} ms:\n${printed()}`)
  } catch (error) {
    await stop()
    throw error
  }
  // a test that ends without stop() must end all the same
  for (const handle of handles) handle.unref?.()
  return stop
}

async function becomesReady(isReady) {
  const deadline = performance.now() + START_LIMIT_MS
  while (!(await isReady().catch(() => false))) {
    if (performance.now() > deadline) return false
    await wait(POLL_MS)
  }
  return true
}

function collect(child) {
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      text = (text + chunk).slice(-4000)
    })
  }
  return () => text
}
