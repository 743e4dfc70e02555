import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { start } from '../../src/inspect/place-thread.js'
import { Places } from '../../src/inspect/places.js'

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'perf-monitor-places-'))
  const map = { version: 3, names: [], sources: ['src/app.ts'], mappings: ';;IAIA' }
  const data = `data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`
  writeFileSync(join(root, 'app.js'), `x\ny\nz\n//# sourceMappingURL=${data}`)
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const frame = () => ({ function: 'run', url: pathToFileURL(join(root, 'app.js')).href, line: 3, column: 5 })
const RUNS = { file: 'app.js', line: 3, column: 5, function: 'run' }
const WRITTEN = { file: 'src/app.ts', line: 5, column: 1, function: 'run' }

/** Turns of the loop until the answer is there. The suite's patience is the limit. */
async function located(places: Places, until: (file: string) => boolean) {
  for (;;) {
    const location = places.locate(frame())
    if (until(location.file)) return location
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('without a thread it is the place that runs', () => {
  expect(new Places(root).locate(frame())).toEqual(RUNS)
})

test('the thread has looked it up when it is read', async () => {
  const places = new Places(root)
  const { data } = places.connect()
  const stop = start(data)
  expect(places.locate(frame())).toEqual(RUNS)
  expect(await located(places, (file) => file === 'src/app.ts')).toEqual(WRITTEN)
  expect(places.locate({ ...frame(), function: null })).toEqual({ ...WRITTEN, function: null })
  await stop()
  places.stop()
})

test('a thread that was started again is asked again', async () => {
  const places = new Places(root)
  places.connect() // this one never answers
  places.prepare(frame())
  await new Promise((resolve) => setImmediate(resolve))
  const { data } = places.connect()
  const stop = start(data)
  expect(await located(places, (file) => file === 'src/app.ts')).toEqual(WRITTEN)
  await stop()
  places.stop()
  expect(places.locate(frame())).toEqual(WRITTEN)
})
