// PostgreSQL and Redis from Debian's packages, started on ports of their own below /tmp and stopped again.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, it } from 'vitest'

const INSTALL = 'apt-get install -y --no-install-recommends postgresql redis-server'

export interface RealServer {
  readonly port: number
  stop(): Promise<void>
}

interface Kind {
  readonly name: string
  readonly program: string | null
  readonly start: (program: string) => Promise<RealServer>
}

export const postgres: Kind = { name: 'PostgreSQL', program: findPostgres(), start: startPostgres }
export const redis: Kind = { name: 'Redis', program: find('redis-server'), start: startRedis }

/** Tests with a real server: skipped with a word on how to install it, a failure where CI promises that it is there. */
export function describeWith(kind: Kind, name: string, tests: (start: () => Promise<RealServer>) => void): void {
  const { program } = kind
  if (program !== null) {
    describe(name, () => tests(() => kind.start(program)))
    return
  }
  const missing = `${kind.name} is not installed: ${INSTALL}`
  if (process.env.CI && process.env.PERF_REAL_SERVERS) {
    it(name, () => {
      throw new Error(missing)
    })
  } else describe.skip(`${name} (${missing})`, () => tests(() => Promise.reject(new Error(missing))))
}

function find(program: string): string | null {
  for (const folder of (process.env.PATH ?? '').split(':').concat('/usr/bin', '/usr/sbin')) {
    if (existsSync(join(folder, program))) return join(folder, program)
  }
  return null
}

function findPostgres(): string | null {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : []
  const folder = versions
    .map((version) => `/usr/lib/postgresql/${version}/bin`)
    .find((bin) => existsSync(`${bin}/initdb`))
  return folder ?? null
}

async function startPostgres(bin: string): Promise<RealServer> {
  const folder = mkdtempSync(join(tmpdir(), 'perf-monitor-postgres-'))
  // it refuses to run as root
  const user = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {}
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  execFileSync(`${bin}/initdb`, ['-D', data, '-U', 'test', '--auth=trust', '--no-sync', '-E', 'UTF8', '--locale=C'], {
    ...user,
    cwd: folder,
    stdio: 'ignore',
  })
  const port = await freePort()
  const settings = [
    `listen_addresses=127.0.0.1`,
    `unix_socket_directories=${folder}`,
    'fsync=off',
    'shared_buffers=8MB',
  ]
  const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]
  const child = spawn(`${bin}/postgres`, args, { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  await untilLine(child, child.stderr, /ready to accept connections/)
  return { port, stop: () => stop(child, 'SIGINT', folder) }
}

async function startRedis(program: string): Promise<RealServer> {
  const folder = mkdtempSync(join(tmpdir(), 'perf-monitor-redis-'))
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder]
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] })
  await untilLine(child, child.stdout, /ready to accept connections/i)
  return { port, stop: () => stop(child, 'SIGTERM', folder) }
}

function idOf(option: '-u' | '-g'): number {
  return Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }))
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function untilLine(child: ChildProcess, stream: NodeJS.ReadableStream, pattern: RegExp): Promise<void> {
  const seen: string[] = []
  const lines = createInterface({ input: stream })
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      seen.push(line)
      if (pattern.test(line)) resolve()
    })
    child.once('exit', (code) => reject(new Error(`it ended with ${code}: ${seen.slice(-5).join(' | ')}`)))
    child.once('error', reject)
  })
}

async function stop(child: ChildProcess, signal: NodeJS.Signals, folder: string): Promise<void> {
  if (child.exitCode === null) {
    child.kill(signal)
    await once(child, 'exit')
  }
  rmSync(folder, { recursive: true, force: true })
}
