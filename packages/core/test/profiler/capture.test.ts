// Profiles of processes of their own, taken by the real thread.
import { beforeAll, expect, test } from 'vitest'
import type { FlameNode, Profile } from '../../src/types/metrics.js'
import { type BuiltApp, buildApp } from '../inspect/built.js'

let app: BuiltApp
beforeAll(async () => {
  app = await buildApp()
  return app.remove
})

const START = `const profiler = new PerformanceProfiler({ clock, guard, tracker, enabled: { cpu: true, heap: true, allocation: true }, eventLoopUtilizationPercent: () => null });
const thread = threadOf(profiler); await thread.start(); await until(() => thread.read().system !== null);
let isOver = false; const work = async (fn) => { while (!isOver) { fn(); await turn() } };`
const STOP = `isOver = true; profiler.stop(); await thread.stop();`

interface Taken {
  profile: Profile
  file: { nodes?: { callFrame: { functionName: string } }[]; samples?: number[]; timeDeltas?: number[]; head?: object }
}

test('a CPU profile names the hot function and its line first', async () => {
  const { profile, file } = await app.result<Taken>(`
function hot() { let sum = 0; for (let i = 0; i < 1e5; i++) { ${'sum += Math.sqrt(i); '.repeat(100)} } return sum } // too long to be inlined
${START}
void work(() => hot())
const profile = await profiler.capture({ type: 'cpu', durationMs: 1000 })
const file = JSON.parse(Buffer.from(profiler.file(profile.id)).toString())
${STOP} print({ profile, file })`)
  expect(profile).toMatchObject({ state: 'complete', unit: 'ms', type: 'cpu' })
  expect(profile.places[0]).toMatchObject({ location: { file: 'main-1.mjs', line: 2, function: 'hot' }, api: null })
  expect(profile.functions[0]).toMatchObject({ function: 'hot', location: { file: 'main-1.mjs', line: 2 } })
  expect(file.nodes?.length).toBeGreaterThan(0) // as V8 has it: on Node 22 and 24 it can name the caller of a hot loop
  expect(file.samples?.length).toBe(file.timeDeltas?.length)
})

test('an allocation profile names the function that allocates, a heap profile the one that keeps', async () => {
  const { allocation, heap, file } = await app.result<{ allocation: Profile; heap: Profile; file: { head?: object } }>(`
function allocate() { return new Array(50_000).fill(0).map((_, i) => i + 0.5) }
const kept = []; function keep() { kept.push(new Array(5_000).fill(0).map((_, i) => ({ i }))) }
${START}
void work(() => { allocate(); keep() })
const allocation = await profiler.capture({ type: 'allocation', durationMs: 1500 })
const file = JSON.parse(Buffer.from(profiler.file(allocation.id)).toString())
const heap = await profiler.capture({ type: 'heap', durationMs: 1500 })
${STOP} print({ allocation, heap, file })`)
  expect(allocation).toMatchObject({ state: 'complete', unit: 'bytes', type: 'allocation', operations: [] })
  expect(allocation.places[0]).toMatchObject({ location: { file: 'main-2.mjs', line: 2 }, operations: [] })
  expect(heap.places[0]).toMatchObject({ location: { file: 'main-2.mjs', line: 3 } })
  expect(file.head).toBeDefined()
})

test('places: the line, what Node did there, and for which operation', async () => {
  const { profile, flame } = await app.result<{ profile: Profile; flame: FlameNode }>(`
import { pbkdf2Sync } from 'node:crypto'
const text = JSON.stringify(Array.from({ length: 20_000 }, (_, i) => ({ i })))
function sum(n) {
  let total = 0
  for (let i = 0; i < n; i++) total += Math.sqrt(i) % 7
  return total
}
const hash = () => {
  const salt = 'b'
  return pbkdf2Sync('a', salt, 5000, 64, 'sha512')
}
function parse() {
  const copy = text
  return JSON.parse(copy)
}
${START}
const run = (name, fn) => tracker.operation('job', name).begin().run(async () => { await turn(); fn(); await turn(); fn() })
const capture = profiler.capture({ type: 'cpu', durationMs: 2500 })
const busy = (async () => { while (!isOver) { await Promise.all([run('sums', () => sum(3e5)), run('hashes', hash), run('parses', parse)]); sum(1e5) } })()
const profile = await capture
const flame = JSON.parse(Buffer.from(profiler.flame(profile.id)).toString())
isOver = true; await busy
${STOP} print({ profile, flame })`)
  const placeOf = (name: string) => profile.places.find(({ location }) => location.function === name)
  const shareOf = (name: string, operation: string) => {
    const place = placeOf(name)
    return (place?.operations.find((share) => share.operation === operation)?.self ?? 0) / (place?.self ?? 1)
  }
  expect(placeOf('sum')).toMatchObject({ location: { line: 6 }, api: null })
  expect(placeOf('hash')).toMatchObject({ location: { line: 11 }, api: 'pbkdf2Sync' })
  expect(placeOf('parse')).toMatchObject({ location: { line: 15 }, api: 'JSON.parse' })
  expect(shareOf('hash', 'hashes')).toBeGreaterThan(0.9)
  expect(shareOf('parse', 'parses')).toBeGreaterThan(0.9)
  const outside = placeOf('sum')?.operations.find(({ operation }) => operation === null)
  expect(outside?.self).toBeGreaterThan(0)
  expect(shareOf('sum', 'sums') + (outside?.self ?? 0) / (placeOf('sum')?.self ?? 1)).toBeGreaterThan(0.95)
  expect(profile.operations.map(({ operation }) => operation)).toEqual(
    expect.arrayContaining(['sums', 'hashes', 'parses', null]),
  )
  expect(flame.total).toBeCloseTo(profile.total ?? 0, 3)
})

test('watchdog and profiler share the thread', async () => {
  const result = await app.result<{ hot: boolean; stalls: number }>(`
function block(ms) { const end = performance.now() + ms; while (performance.now() < end) Math.sqrt(ms) }
const watchdog = watchdogOf()
const profiler = new PerformanceProfiler({ clock, guard, enabled: { cpu: true, heap: true, allocation: true }, eventLoopUtilizationPercent: () => null })
const thread = threadOf(watchdog, profiler); watchdog.start(); await thread.start()
await until(() => thread.read().system !== null)
const capture = profiler.capture({ type: 'cpu', durationMs: 3000 })
for (let i = 0; i < 100; i++) await turn() // what ran before it began is counted for the caller on Node 20
for (let ms = 600; !watchdog.stalls.some(({ location }) => location?.function === 'block'); ms += 100) { await turn(); block(ms); for (let i = 0; i < 30; i++) await turn() }
const alive = setInterval(() => {}, 1000) // a profile keeps no process alive
const { functions } = await capture
clearInterval(alive)
watchdog.stop(); profiler.stop(); await thread.stop()
print({ hot: functions.some((each) => each.function === 'block'), stalls: watchdog.stalls.length })`)
  expect(result.stalls).toBeGreaterThan(0)
  expect(result.hot).toBe(true)
})

test.each([
  ['ends by itself', '', 0],
  ['exits', 'process.exit(3)', 3],
  ['throws', 'throw new Error("mine")', 1],
  ['stops the thread', 'profiler.stop(); await thread.stop()', 0],
])('a process that %s while a profile is taken behaves as without it', async (_, script, status) => {
  const child = await app.run(`${START} isOver = true; profiler.begin({ type: 'cpu', durationMs: 20_000 })
for (let i = 0; i < 20; i++) await turn()
${script}`)
  expect([child.status, child.signal]).toEqual([status, null])
})
