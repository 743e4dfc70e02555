// Profiles of processes of their own, taken by the real thread.
import { beforeAll, expect, test } from 'vitest'
import type { Profile } from '../../src/types/metrics.js'
import { type BuiltApp, buildApp } from '../inspect/built.js'

let app: BuiltApp
beforeAll(async () => {
  app = await buildApp()
})

const START = `const profiler = new PerformanceProfiler({ clock, guard, enabled: { cpu: true, heap: true, allocation: true }, eventLoopUtilizationPercent: () => null });
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
  expect(profile.functions[0]).toMatchObject({ function: 'hot', location: { file: 'main-1.mjs', line: 2 } })
  expect(file.nodes?.some(({ callFrame }) => callFrame.functionName === 'hot')).toBe(true)
  expect(file.samples?.length).toBe(file.timeDeltas?.length)
})

test('a heap profile names the function that allocates', async () => {
  const { profile, file } = await app.result<Taken>(`
function allocate() { return new Array(50_000).fill(0).map((_, i) => i + 0.5) }
${START}
void work(() => allocate())
const profile = await profiler.capture({ type: 'heap', durationMs: 1500 })
const file = JSON.parse(Buffer.from(profiler.file(profile.id)).toString())
${STOP} print({ profile, file })`)
  expect(profile).toMatchObject({ state: 'complete', unit: 'bytes', type: 'heap' })
  expect(profile.functions.find(({ function: name }) => name === 'allocate')).toMatchObject({ location: { line: 2 } })
  expect(file.head).toBeDefined()
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
for (let ms = 250; watchdog.stalls.length === 0; ms += 100) { await turn(); block(ms); for (let i = 0; i < 30; i++) await turn() }
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
