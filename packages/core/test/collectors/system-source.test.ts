import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/clock.js'
import { SystemSource } from '../../src/collectors/system-source.js'
import { Guard } from '../../src/guard.js'
import { buildCollectors } from './built-thread.js'

let threadUrl: URL
let folder: string

beforeAll(() => {
  const built = buildCollectors()
  ;({ threadUrl, folder } = built)
  return built.remove
}, 60_000)

const running: SystemSource[] = []
afterEach(async () => {
  for (const source of running.splice(0)) await source.stop()
})

// an interval of 10 s: figures count as old after 30 s, which no slow machine takes to deliver them
function setUp(options: { ioMonitoring?: boolean; threadUrl?: URL; intervalMs?: number } = {}) {
  const clock = new ManualClock()
  const guard = new Guard(clock, { info: () => {}, warn: () => {}, error: () => {} })
  const source = new SystemSource({ intervalMs: 10_000, ioMonitoring: true, guard, clock, threadUrl, ...options })
  running.push(source)
  return { clock, guard, source }
}

/** Turns of the loop until `condition` holds; the test's own time limit ends it otherwise. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** A thread of a few lines in place of the real one. */
function fakeThread(name: string, body: string): URL {
  const file = join(folder, `${name}.mjs`)
  writeFileSync(file, `import { workerData } from 'node:worker_threads'\nconst { port } = workerData\n${body}`)
  return pathToFileURL(file)
}

const POST = (faults = '[]') =>
  `const [s, n] = process.hrtime(); port.postMessage({ type: 'sample', system: { processCount: 7 }, threadPoolDelayMs: 1, openFiles: 9, faults: ${faults}, postedAtMs: s * 1000 + n / 1e6 })`

test('the first figures come by themselves; stopped there are none', async () => {
  const { source, guard } = setUp({ intervalMs: 2000 })
  expect(source.read()).toEqual({ system: null, threadPoolDelayMs: null, openFiles: null })
  await source.start()
  await source.start()
  await until(() => source.read().system !== null)
  const { system, threadPoolDelayMs } = source.read()
  expect(system?.memoryTotalBytes).toBeGreaterThan(0)
  expect(system?.diskTotalBytes).toBeGreaterThan(0)
  expect(threadPoolDelayMs).toBeGreaterThan(0)
  await until(() => (source.read().system?.networkRxBytesPerSecond ?? null) !== null)
  await source.stop()
  await source.stop()
  expect(source.read()).toEqual({ system: null, threadPoolDelayMs: null, openFiles: null })
  expect(guard.faults).toEqual([])
}, 30_000)

test('without I/O monitoring there are no disks and no network', async () => {
  const { source } = setUp({ ioMonitoring: false })
  await source.start()
  await until(() => source.read().system !== null)
  expect(source.read().system).toMatchObject({ disks: null, diskTotalBytes: null, networkRxBytes: null })
}, 30_000)

test('figures older than three intervals are not shown, and the silence is reported once', async () => {
  const { source, clock, guard } = setUp({
    threadUrl: fakeThread('once', `${POST()}; port.on('message', () => port.close())`),
  })
  await source.start()
  await until(() => source.read().system !== null)
  clock.advance(25_000)
  expect(source.read().system).toEqual({ processCount: 7 })
  clock.advance(5000)
  clock.advance(1)
  expect(source.read()).toEqual({ system: null, threadPoolDelayMs: null, openFiles: null })
  source.read()
  expect(guard.faults).toEqual([expect.objectContaining({ part: 'system-thread', faults: 1 })])
}, 30_000)

test('old samples found after the main thread was blocked count from when they were posted', async () => {
  const { source } = setUp({
    threadUrl: fakeThread(
      'old',
      `port.postMessage({ type: 'sample', system: {}, threadPoolDelayMs: 1, faults: [], postedAtMs: -1e9 }); port.on('message', () => port.close())`,
    ),
  })
  await source.start()
  let reads = 0
  await until(() => {
    expect(source.read().system).toBeNull()
    return ++reads > 40
  })
}, 30_000)

test('a thread that dies is started again, ever more slowly, and its recovery clears the fault', async () => {
  const { source, clock, guard } = setUp({
    threadUrl: fakeThread('dies', `${POST()}; throw new Error('thread broke')`),
  })
  const faults = () => guard.total
  const dies = async (expected: number) => {
    await until(() => faults() === expected)
    await until(() => clock.timerCount === 1)
    expect(source.read().system).toBeNull()
    expect(guard.faults).toEqual([expect.objectContaining({ part: 'system-thread', lastError: 'thread broke' })])
  }
  await source.start()
  await dies(1)
  clock.advance(4999)
  expect(clock.timerCount).toBe(1)
  clock.advance(1)
  await dies(2)
  clock.advance(9999)
  expect(clock.timerCount).toBe(1)
  clock.advance(1)
  await dies(3)
  await source.stop()
  expect(clock.timerCount).toBe(0)
}, 30_000)

test('a thread that ends without an error is a fault as well', async () => {
  const { source, guard, clock } = setUp({ threadUrl: fakeThread('ends', 'port.close()') })
  await source.start()
  await until(() => guard.total === 1)
  expect(guard.faults[0]?.lastError).toBe('the thread ended with code 0')
  expect(clock.timerCount).toBe(1)
}, 30_000)

test('a thread that cannot be loaded costs the figures, not the app', async () => {
  const { source, guard } = setUp({ threadUrl: new URL('file:///nowhere/thread.js') })
  await source.start()
  await until(() => guard.total > 0)
  expect(source.read().system).toBeNull()
}, 30_000)

test("the collectors' faults arrive at the guard, and leave it when the collector works again", async () => {
  const body = `let posts = 0; const post = () => { const faults = posts++ < 1 ? [{ part: 'system.cpu', message: 'garbled' }] : []; ${POST('faults')} }; post(); port.on('message', () => port.close()); setInterval(post, 100).unref()`
  const { source, guard } = setUp({ threadUrl: fakeThread('faulty', body) })
  const seen: string[] = []
  await source.start()
  await until(() => {
    source.read()
    for (const { part, lastError } of guard.faults) seen.push(`${part}: ${lastError}`)
    return guard.total === 1 && guard.faults.length === 0
  })
  expect(guard.total).toBe(1)
  expect(new Set(seen).size).toBeLessThanOrEqual(1)
}, 30_000)

test('a thread that does not end when asked is ended', async () => {
  const body = `${POST()}; port.on('message', () => {}); setInterval(() => {}, 1000)`
  const { source, clock } = setUp({ threadUrl: fakeThread('stubborn', body) })
  await source.start()
  await until(() => source.read().system !== null)
  const stopped = source.stop()
  clock.advance(500)
  await stopped
  expect(source.read().system).toBeNull()
}, 30_000)

describe.runIf(process.platform === 'linux')('in a process of its own', () => {
  const runChild = (script: string) => {
    const file = join(folder, `child-${Math.random().toString(36).slice(2)}.mjs`)
    writeFileSync(
      file,
      `import { SystemSource } from ${JSON.stringify(new URL('./system-source.js', threadUrl).href)}
      import { Guard } from ${JSON.stringify(new URL('../guard.js', threadUrl).href)}
      import { systemClock as clock } from ${JSON.stringify(new URL('../clock.js', threadUrl).href)}
      import { readdirSync, readFileSync } from 'node:fs'
      const guard = new Guard(clock, console)
      const source = new SystemSource({ intervalMs: 1000, ioMonitoring: true, guard, clock })
      const turn = () => new Promise((resolve) => setTimeout(resolve, 5))
      const tasks = () => readdirSync('/proc/self/task')
      const children = () => tasks().map((id) => readFileSync('/proc/self/task/' + id + '/children', 'utf8').trim()).join('')
      const descriptors = () => readdirSync('/proc/self/fd').length
      ${script}`,
    )
    const output = execFileSync(process.execPath, [file], { encoding: 'utf8', timeout: 60_000 })
    return JSON.parse(output.trim().split('\n').at(-1) ?? '')
  }

  test('sampling starts no child process', () => {
    const result = runChild(`
      await source.start()
      const samples = new Set()
      let seen = ''
      while (samples.size < 3) { await turn(); seen += children(); const { system } = source.read(); if (system) samples.add(system) }
      await source.stop()
      console.log(JSON.stringify({ children: seen, faults: guard.faults }))`)
    expect(result).toEqual({ children: '', faults: [] })
  }, 60_000)

  test('started and stopped 100 times, nothing stays', () => {
    const result = runChild(`
      await source.start()
      while (source.read().system === null) await turn() // the pool's threads come with the first job
      await source.stop()
      const before = { tasks: tasks().length, descriptors: descriptors() }
      for (let round = 0; round < 100; round++) {
        await source.start()
        if (round % 10 === 0) while (source.read().system === null) await turn()
        await source.stop()
      }
      // a thread that was slow to load on a busy machine may end a little later; one that stays runs into the time limit
      while (tasks().length > before.tasks || descriptors() > before.descriptors) await turn()
      const after = { tasks: tasks().length, descriptors: descriptors() }
      console.log(JSON.stringify({ before, after, resources: process.getActiveResourcesInfo(), faults: guard.faults }))`)
    expect(result.after).toEqual(result.before)
    expect(result.resources.filter((type: string) => type !== 'PipeWrap')).toEqual([])
    expect(result.faults).toEqual([])
  }, 120_000)

  test('a process that never stops it ends all the same', () => {
    const result = runChild(`
      await source.start()
      while (source.read().system === null) await turn()
      console.log(JSON.stringify({ ended: true }))`)
    expect(result).toEqual({ ended: true })
  }, 60_000)

  test('a saturated thread pool is seen while it is saturated', () => {
    const result = runChild(`
      const { pbkdf2 } = await import('node:crypto')
      await source.start()
      while (source.read().system === null) await turn()
      let longest = 0
      // the pool stays full until the figure shows it; a pool that is never seen as saturated runs into the time limit
      const job = () => { if (longest <= 50) pbkdf2('a', 'b', 400_000, 64, 'sha512', job) }
      for (let count = 0; count < 8; count++) job()
      while (longest <= 50) { await turn(); longest = Math.max(longest, source.read().threadPoolDelayMs ?? 0) }
      await source.stop()
      console.log(JSON.stringify({ longest }))`)
    expect(result.longest).toBeGreaterThan(50)
  }, 60_000)
})
