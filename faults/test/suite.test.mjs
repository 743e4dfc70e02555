import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { causesOf, readApp, readCatalog } from '../lib/catalog.mjs'
import { readOptions } from '../lib/options.mjs'
import { startRelay } from '../lib/relay.mjs'
import { tableOf, writeConditions, writeTable } from '../lib/table.mjs'

let folder
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'faults-suite-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('the catalog', () => {
  it('reads every app of this suite, healthy ones last', () => {
    const apps = readCatalog()
    expect(apps.length).toBeGreaterThan(1)
    const firstHealthy = apps.findIndex(({ healthy }) => healthy)
    expect(apps.slice(firstHealthy).every(({ healthy, name }) => healthy && name.startsWith('healthy-'))).toBe(true)
    expect(apps.slice(0, firstHealthy).every(({ note }) => causesOf(note).length > 0)).toBe(true)
  })

  it('says what is wrong with a note', () => {
    const app = (note) => {
      mkdirSync(join(folder, 'x'), { recursive: true })
      writeFileSync(join(folder, 'x', 'note.json'), JSON.stringify(note))
      return () => readApp(join(folder, 'x'), 'x')
    }
    const traffic = [{ path: '/', ratePerSecond: 1 }]
    writeFileSync(join(folder, 'note.json'), '{')
    expect(() => readApp(folder, 'y')).toThrow('faults/apps/y: note.json')
    expect(app({ about: 'a', traffic, durations: 3 })).toThrow('`durations` is unknown; there are about')
    expect(app({ about: 'a', traffic: [] })).toThrow('at least one kind of request')
    expect(app({ about: 'a', traffic: [{ path: '/', ratePerSecond: 1, concurrency: 2 }] })).toThrow(
      'one of ratePerSecond',
    )
    expect(app({ about: 'a', traffic })).toThrow('has no app.mjs')
    expect(app({ about: 'a', traffic, cause: 'n-plus-one', file: 'fault.mjs' })).toThrow('file and marker go together')
    writeFileSync(join(folder, 'x', 'fault.mjs'), '// nothing here')
    writeFileSync(join(folder, 'x', 'fixed.mjs'), '')
    const placed = { about: 'a', traffic, cause: 'n-plus-one', file: 'fault.mjs', marker: '// here' }
    expect(app(placed)).toThrow('fault.mjs has no line with "// here"')
  })
})

describe('options', () => {
  it('refuse what makes no sense', () => {
    expect(() => readOptions(['--load', '0'])).toThrow('--load takes a number above 0, got 0')
    expect(() => readOptions(['--jobs', 'two'])).toThrow('--jobs takes a whole number above 0, got two')
    expect(() => readOptions(['--write', '--short'])).toThrow('--write needs the whole suite')
    expect(() => readOptions(['--write', '--no-twin'])).toThrow('--write needs the whole suite')
    expect(readOptions(['--write', '--no-twin', '--load', '2'])).toMatchObject({ write: true, twin: false, load: 2 })
    expect(readOptions(['--only', 'a,b', '--load', '0.5'])).toMatchObject({ only: ['a', 'b'], load: 0.5, twin: true })
  })
})

describe('the table', () => {
  it('of other loads keeps a line for each, the newest', () => {
    const page = join(folder, 'page.md')
    const begin =
      '<!-- faults at other loads: begin (written by `npm run faults -- --write` with `--load` or `--beside`) -->'
    writeFileSync(page, `# a\n${begin}\n<!-- faults at other loads: end -->\nb\n`)
    const unfelt = { found: [{ found: null, operation: null, place: null }], first: null, falseAlarms: [] }
    const of = (shortcomings) => [
      { ...results[0], shortcomings },
      { ...results[1], shortcomings: ['false alarm: memory-leak of null'] },
      { name: 'gc-pressure', healthy: false, causes: ['gc-pressure'], judgement: unfelt, twin: null, shortcomings: [] },
    ]
    writeConditions(page, { load: 2, beside: 0 }, of(['old']))
    writeConditions(page, { load: 0.5, beside: 10 }, of([]))
    writeConditions(page, { load: 2, beside: 0 }, of(['n-plus-one is placed at a:1']))
    const lines = readFileSync(page, 'utf8').split('\n')
    expect(lines.slice(0, 2)).toEqual(['# a', begin])
    expect(lines.slice(4, 6)).toEqual([
      '| 0.5 times the load, 10 busy routes beside | 1 of 1; 1 are not felt | 1 of 1 | 1 of 1 | 0 of 1 | 0 of 2, 0 of 1, 1 of 1 | healthy-sse: false alarm: memory-leak of null |',
      '| 2 times the load | 1 of 1; 1 are not felt | 1 of 1 | 1 of 1 | 0 of 1 | 0 of 2, 0 of 1, 1 of 1 | n-plus-one: n-plus-one is placed at a:1; healthy-sse: false alarm: memory-leak of null |',
    ])
    expect(lines.slice(6)).toEqual(['<!-- faults at other loads: end -->', 'b', ''])
  })

  const judgement = { found: [{ found: true, operation: true, place: false }], first: true, falseAlarms: [] }
  const results = [
    {
      name: 'n-plus-one',
      healthy: false,
      causes: ['n-plus-one'],
      judgement,
      twin: { falseAlarms: [] },
      prediction: { metric: 'p95Ms', predicted: 66, measured: 60, errorPercent: 10 },
    },
    {
      name: 'healthy-sse',
      healthy: true,
      causes: [],
      judgement: { found: [], first: true, falseAlarms: [{ type: 'memory-leak', operation: null }] },
      twin: null,
    },
    { name: 'mixed-a', healthy: false, causes: ['gc-pressure'], skipped: 'no PostgreSQL' },
  ]

  it('has a row an app and totals that add up', () => {
    const text = tableOf(results)
    expect(text).toContain('| n-plus-one | n-plus-one | yes | yes | yes | **no** | 0 | yes | p95Ms: 66 / 60 (10 %) |')
    expect(text).toContain('| healthy-sse | memory-leak (no operation) |')
    expect(text).toContain('Causes found: 1 of 1, ranked first: 1 of 1, operation: 1 of 1, place: 0 of 1.')
    expect(text).toContain('1 of 1 repaired twins, 0 of 1 healthy apps.')
    expect(text).toContain('median error 10 %, 1 of 1 within 25 %')
    expect(text).toContain('Skipped: mixed-a.')
  })

  it('is written between its markers, twice alike, and nowhere else', () => {
    const page = join(folder, 'page.md')
    writeFileSync(
      page,
      '# a\n<!-- faults: begin (written by `npm run faults -- --write`) -->\nold\n<!-- faults: end -->\nb\n',
    )
    writeTable(page, 'new')
    writeTable(page, 'new')
    expect(readFileSync(page, 'utf8')).toBe(
      '# a\n<!-- faults: begin (written by `npm run faults -- --write`) -->\nnew\n<!-- faults: end -->\nb\n',
    )
    expect(() => writeConditions(page, { load: 2, beside: 0 }, results)).toThrow('lacks the markers')
    writeFileSync(page, '# no markers\n')
    expect(() => writeTable(page, 'new')).toThrow('lacks the markers')
  })
})

it('the relay passes everything on, in order, both ways', async () => {
  const server = createServer((request, response) => request.pipe(response)).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const relay = await startRelay({ port: server.address().port, delayMs: 1 })
  const sent = Array.from({ length: 50_000 }, (_, i) => i).join(' ')
  const answer = await fetch(`http://127.0.0.1:${relay.port}/`, { method: 'POST', body: sent })
  expect(await answer.text()).toBe(sent)
  await relay.stop()
  server.close()
})
