// How often the watchdog names the right line at the first attempt: `node scripts/watchdog-accuracy.mjs [rounds]`, after a build, on the
// Node that runs it and on a machine with a free processor. A round is 75 blocks in JavaScript, 25 within one native call, and some
// after a rest of the beats. Exits with 1 below 95 % of the places, or when one place or operation is wrong.
import { spawnSync } from 'node:child_process'
import { createHash, pbkdf2Sync } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { systemClock as clock } from '../packages/core/dist/clock.js'
import { SystemSource } from '../packages/core/dist/collectors/system-source.js'
import { Guard } from '../packages/core/dist/guard.js'
import { Tracker } from '../packages/core/dist/tracker/tracker.js'
import { Watchdog } from '../packages/core/dist/watchdog/watchdog.js'

const rounds = Number(process.argv[2] ?? 1)
const LENGTHS_MS = [150, 250, 400, 800, 1500]
const turn = (ms = 5) => new Promise((resolve) => setTimeout(resolve, ms))
const line = (depth = 2) => Number(/:(\d+):\d+\)?$/.exec(new Error().stack.split('\n')[depth])?.[1])

// biome-ignore format: each block is one line, which is the one to be found
const KINDS = {
  loop: { line: line() + 1,
    block: (ms) => { const end = performance.now() + ms; while (performance.now() < end) Math.sqrt(ms) } },
  regex: { line: line() + 1,
    block: (ms) => { const end = performance.now() + ms; while (performance.now() < end) /^(a+)+$/.test(`${'a'.repeat(21)}b`) } },
  sort: { line: line() + 1,
    block: (ms) => { const end = performance.now() + ms; while (performance.now() < end) Array.from({ length: 9999 }, (_, i) => (i * 7919) % 20011).sort((a, b) => a - b) } },
}
/** One native call each, that takes about as long: its size follows from a first one. */
// biome-ignore format: each call is one line
const NATIVE = {
  'JSON.parse': { line: line(), unitMs: 0, call: (size) => JSON.parse(`[${Array(Math.ceil(size)).fill(TEXT).join()}]`) },
  pbkdf2Sync: { line: line(), unitMs: 0, call: (size) => pbkdf2Sync('a', 'b', Math.ceil(size * 10_000), 64, 'sha512') },
  gzipSync: { line: line(), unitMs: 0, call: (size) => gzipSync(Buffer.alloc(Math.ceil(size * 1_000_000), TEXT), { level: 9 }) },
  spawnSync: { line: line(), unitMs: 1, call: (size) => spawnSync('sleep', [String(size / 1000)]) },
  hash: { line: line(), unitMs: 0, call: (size) => createHash('sha512').update(Buffer.alloc(Math.ceil(size * 1_000_000))).digest() },
}
const TEXT = JSON.stringify(Array.from({ length: 20_000 }, (_, i) => ({ i, text: 'x'.repeat(i % 50) })))
for (const native of Object.values(NATIVE)) {
  if (native.unitMs > 0) continue
  native.call(2)
  const start = performance.now()
  native.call(4)
  native.unitMs = (performance.now() - start) / 4
}
const WAYS = {
  'before await': (block) => block(),
  'after await': async (block) => {
    await turn()
    block()
  },
  timer: (block) =>
    new Promise((resolve) => {
      setTimeout(() => {
        block()
        resolve()
      }, 3)
    }),
  event: (block) => {
    const emitter = new EventEmitter()
    emitter.on('x', block)
    emitter.emit('x')
  },
  stream: async (block) => {
    for await (const _ of Readable.from(['a'])) block()
  },
}

const guard = new Guard(clock, console)
const limits = { maxOperations: 1000, maxChildrenPerOperation: 10 }
const tracker = new Tracker({ clock, guard, limits, requestScope: true, isLongLived: null })
const watchdog = new Watchdog({
  thresholdMs: 100,
  clock,
  guard,
  current: () => tracker.current(),
  requestsInFlight: () => tracker.activeRequests,
  scope: tracker,
  startupMs: 0,
})
const thread = new SystemSource({ intervalMs: 1000, ioMonitoring: false, guard, clock, extensions: [watchdog] })
watchdog.start()
await thread.start()
while (thread.read().system === null) await turn()
await turn(200)

const seen = []
watchdog.onStall((stall) => seen.push(stall))
const counts = {
  ...{ blocks: 0, counted: 0, placed: 0, wrongPlaces: 0, operations: 0, wrongOperations: 0 },
  native: { blocks: 0, counted: 0, placed: 0, operations: 0, wrongPlaces: 0, wrongOperations: 0 },
  rested: { blocks: 0, counted: 0, placed: 0, operations: 0, wrongPlaces: 0, wrongOperations: 0 },
}

/** What was reported of a block of an operation with that name; `null` when it was not. */
async function reported(name, block) {
  seen.length = 0
  const span = tracker.operation('accuracy', name).begin()
  let tookMs = 0
  await span.run(() =>
    block((fn) => {
      const begun = performance.now()
      fn()
      tookMs = performance.now() - begun
    }),
  )
  span.end()
  for (let i = 0; i < 150 && seen.length === 0; i++) await turn(10)
  const stall = seen.find(({ durationMs }) => durationMs > tookMs / 2) ?? null
  await turn(30)
  return { stall, tookMs }
}

function note(sums, stall, { name, line: expected }) {
  sums.blocks++
  if (stall === null) return
  sums.counted++
  if (stall.location !== null && stall.location.line !== expected) sums.wrongPlaces++
  else if (stall.location !== null) sums.placed++
  if (stall.operation === name) sums.operations++
  else if (stall.operation !== null) sums.wrongOperations++
}

const resting = async () => {
  while (tracker.observer === null) await turn(200)
}

for (let round = 0; round < rounds; round++) {
  for (const [kind, { line: expected, block }] of Object.entries(KINDS)) {
    for (const [way, call] of Object.entries(WAYS)) {
      for (const ms of LENGTHS_MS) {
        const name = `${kind} ${way} ${ms}`
        const { stall } = await reported(name, (timed) => call(() => timed(() => block(ms))))
        note(counts, stall, { name, line: expected })
      }
    }
    for (const ms of [150, 400]) {
      await resting()
      const name = `${kind} rested ${ms}`
      const { stall } = await reported(name, (timed) => timed(() => block(ms)))
      note(counts.rested, stall, { name, line: expected })
    }
  }
  // one that returns to JavaScript between its parts (gzipSync) has a place
  for (const [kind, { line: expected, unitMs, call }] of Object.entries(NATIVE)) {
    for (const ms of LENGTHS_MS) {
      const name = `${kind} ${ms}`
      const { stall, tookMs } = await reported(name, async (timed) => {
        await turn()
        timed(() => call(ms / unitMs))
      })
      if (tookMs > 110) note(counts.native, stall, { name, line: expected })
    }
  }
}
watchdog.stop()
await thread.stop()
console.log(process.version, JSON.stringify(counts))
const wrong = [counts, counts.native, counts.rested].reduce(
  (sum, each) => sum + each.wrongPlaces + each.wrongOperations,
  0,
)
process.exitCode = counts.placed < 0.95 * counts.blocks || wrong > 0 ? 1 : 0
