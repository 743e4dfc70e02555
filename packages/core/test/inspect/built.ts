import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const packageFolder = fileURLToPath(new URL('../../', import.meta.url))
const ENTRIES = ['collectors/thread', 'collectors/system-source', 'tracker/tracker']
const PARTS = ['watchdog/watchdog', 'watchdog/thread', 'profiler/profiler', 'profiler/thread']

const CHILD_LIMIT_MS = 110_000 // for one that hangs: below the time limit of a test

export interface ChildResult {
  status: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface BuiltApp {
  folder: string
  /** URL of a compiled module. */
  module: (path: string) => string
  /** Runs a script in a process of its own; `PRELUDE` stands before it. */
  run: (script: string) => Promise<ChildResult>
  /** What it printed last, as JSON. */
  result: <T>(script: string) => Promise<T>
  write: (script: string) => string
  /** For `beforeAll` to return: a hook that is added within a hook never runs. */
  remove: () => void
}

/** Compiles what is tested as it is now: a worker cannot run TypeScript, and dist/ may be old. */
export async function buildApp(): Promise<BuiltApp> {
  const folder = mkdtempSync(join(tmpdir(), 'perf-monitor-app-'))
  const dist = join(folder, 'node_modules/monitor')
  mkdirSync(dist, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"name":"app","type":"module"}')
  writeFileSync(join(dist, 'package.json'), '{"type":"module"}')
  const compilerOptions = {
    rootDir: join(packageFolder, 'src'),
    outDir: dist,
    typeRoots: [join(packageFolder, '../../node_modules/@types')],
  }
  const files = [...ENTRIES, ...PARTS].map((name) => join(packageFolder, `src/${name}.ts`))
  const config = { extends: join(packageFolder, 'tsconfig.build.json'), compilerOptions, include: [], files }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  await promisify(execFile)(process.execPath, [tsc, '-p', folder])

  const module = (path: string) => pathToFileURL(join(dist, path)).href
  let scripts = 0
  const write = (script: string) => {
    const file = join(folder, `main-${++scripts}.mjs`)
    writeFileSync(file, `${prelude(module)}\n${script.trimStart()}`)
    return file
  }
  const run = (script: string) =>
    new Promise<ChildResult>((resolve) => {
      const child = execFile(process.execPath, [write(script)], { timeout: CHILD_LIMIT_MS }, (_error, stdout, stderr) =>
        resolve({ status: child.exitCode, signal: child.signalCode, stdout, stderr }),
      )
    })
  const result = async <T>(script: string) => {
    const { stdout, stderr, status, signal } = await run(script)
    const last = stdout.trim().split('\n').at(-1)
    if (!last) throw new Error(`the child printed nothing (${status ?? signal}): ${stderr}`)
    return JSON.parse(last) as T
  }
  const remove = () => rmSync(folder, { recursive: true, force: true })
  return { folder, module, run, result, write, remove }
}

/** One line, so that a script's second line is line 2. */
function prelude(module: (path: string) => string): string {
  const imports = [
    ['{ Watchdog }', 'watchdog/watchdog.js'],
    ['{ PerformanceProfiler }', 'profiler/profiler.js'],
    ['{ SystemSource }', 'collectors/system-source.js'],
    ['{ Tracker }', 'tracker/tracker.js'],
    ['{ Guard }', 'guard.js'],
    ['{ systemClock as clock }', 'clock.js'],
  ].map(([names, path]) => `import ${names} from ${JSON.stringify(module(path as string))};`)
  return [
    ...imports,
    'const guard = new Guard(clock, { info() {}, warn() {}, error() {} });',
    'const tracker = new Tracker({ clock, guard, limits: { maxOperations: 1000, maxChildrenPerOperation: 10 }, requestScope: true, isLongLived: null });',
    'const watchdogOf = (more) => new Watchdog({ thresholdMs: 100, clock, guard, current: () => tracker.current(), requestsInFlight: () => tracker.activeRequests, scope: tracker, startupMs: 0, ...more });',
    'const threadOf = (...extensions) => new SystemSource({ intervalMs: 10_000, ioMonitoring: false, guard, clock, extensions });',
    'const turn = () => new Promise((resolve) => setTimeout(resolve, 5));',
    'const until = async (condition) => { while (!condition()) await turn() };',
    'const print = (value) => process.stdout.write(JSON.stringify(value) + "\\n");',
  ].join(' ')
}
