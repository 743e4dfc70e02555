import { describe, expect, it } from 'vitest'
import { exportMarkdown } from '../../src/exporters/markdown.js'
import { escapeMarkdown } from '../../src/exporters/markdown-text.js'
import { exporterContract, MANY } from './contract.js'
import {
  alert,
  bottleneck,
  component,
  manyOperations,
  operationMetrics,
  recommendation,
  report,
  snapshot,
} from './reports.js'

const SECTIONS = ['## Findings', '## Alerts', '## Operations', '## System and runtime', '## Limits of these data']

exporterContract('exportMarkdown', {
  run: (input) => exportMarkdown(input.report),
  check: (text) => {
    const lines = text.split('\n')
    expect(lines[0]).toMatch(/^# Performance report: /)
    expect(lines.filter((line) => /^##? /.test(line)).slice(1)).toEqual(SECTIONS)
    expect(brokenTables(lines)).toEqual([])
    expect(text).not.toMatch(/<(?! 0\.001)|NaN|Infinity|undefined|\bnull\b/) // no tag, no figure that is none
    expect(text.replace(/\\[^\n]/g, '')).not.toMatch(/\]\(|https?:\/\/|`/) // no link, no code that eats a cell
  },
})

describe('exportMarkdown', () => {
  it('says the verdict first, then the evidence and what to do', () => {
    const text = markdown(report())
    const order = [
      '# Performance report: shop-api 2.3.1',
      '**GET /orders is slow: 51 queries per request, from src/orders.ts:42.',
      '### 1. GET /orders is slow',
      '**high** · slow-operations · http GET /orders · src/orders.ts:42 in listOrders · impact 0.62 of 1',
      '| p95 | 480 ms | 100 ms |',
      '**What to do: Fetch the items of all orders in one query.**',
      'Expected: p95 480 ms → 60.4 ms (confidence 90 %).',
      '## Alerts',
      '| firing | warning | GET /orders: p95 is 1.2 s, above 1 s | 1.2 s | 1 s |',
      '## Operations',
      '| GET /orders | 92.5 % | 100 | 1.67/s | 10 ms | 31.3 ms | 99.9 ms | 480 ms | 2.02 % | db SELECT orders (51 a run) |',
      '## System and runtime',
      '| Memory | 2 GiB of 8 GiB |',
    ]
    expect(order.filter((line) => !text.includes(line))).toEqual([])
    const places = order.map((line) => text.indexOf(line))
    expect([...places].sort((a, b) => a - b)).toEqual(places)
  })

  it('shows the operations with the largest share of the time, and says how many it leaves out', () => {
    const http = component(manyOperations(MANY))
    const text = markdown(report({ snapshot: snapshot({ componentMetrics: { http } }) }))
    const shown = [...text.matchAll(/^\| GET \/route\/(\d+)/gm)].map(([, index]) => Number(index))
    expect(shown).toEqual(Array.from({ length: 50 }, (_, rank) => MANY - 1 - rank))
    expect(text).toContain('9,950 operations with less total time are left out here')
  })

  it('pauses often while it looks for them, whatever their number, and while it writes them', () => {
    let looks = 0
    const operations = Object.entries(manyOperations(MANY)).map(([name, figures]) => {
      const { averageDurationMs } = figures
      const counted = {
        get: () => {
          looks++
          return averageDurationMs
        },
        enumerable: true,
      }
      return [name, Object.defineProperty({ ...figures }, 'averageDurationMs', counted)] as const
    })
    const http = component(Object.fromEntries(operations))
    const input = report({ snapshot: snapshot({ componentMetrics: { http } }) })
    looks = 0
    let most = 0
    let mostRows = 0
    for (const chunk of exportMarkdown(input)) {
      most = Math.max(most, looks)
      looks = 0
      mostRows = Math.max(mostRows, [...chunk.matchAll(/^\| GET \/route/gm)].length)
    }
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(300)
    expect(mostRows).toBeLessThanOrEqual(10)
  })

  it('names what was not measured and what a limit took together', () => {
    const componentMetrics = { jobs: component({ '(other)': operationMetrics() }) }
    const { runtimeMetrics, systemMetrics } = snapshot()
    if (systemMetrics !== null) Object.assign(systemMetrics, { pressure: null, container: null })
    if (runtimeMetrics !== null) runtimeMetrics.gc.maxPauseMs = null
    const text = markdown(report({ snapshot: snapshot({ componentMetrics, systemMetrics, runtimeMetrics }) }))
    expect(text).toContain('Not measured here: systemMetrics.pressure, runtimeMetrics.gc.maxPauseMs.')
    expect(text).toContain('counted under (other), in jobs.')
  })

  it('puts what fires before what is over', () => {
    const alerts = [alert({ state: 'resolved', message: 'a' }), alert({ message: 'b', silenced: true })]
    expect(markdown(report({ alerts }))).toMatch(/\| firing \(silenced\) \|.*\n\| resolved \|/)
  })

  it('shows the place with its lines, and who suffers from it', () => {
    const source = { firstLine: 41, lines: ['async function listOrders() {', '  await query(`SELECT ```$id`)', '}'] }
    const victims = [{ component: 'http', operation: 'GET /cart', metric: 'p95Ms', value: 310, unit: 'ms' }]
    const text = markdown(report({ bottlenecks: [bottleneck({ source, victims })] }))
    expect(text).toContain(
      '````\n  41  async function listOrders() {\n> 42    await query(`SELECT ```$id`)\n  43  }\n````\n',
    )
    expect(text).toContain('Slow or failing because of it: GET /cart (p95 310 ms).')
  })

  it('tells of what has gone, predicted beside measured', () => {
    const gone = bottleneck({ state: 'resolved', resolvedAt: '2026-01-01T00:05:00.000Z' })
    const resolved = [{ bottleneck: gone, recommendations: [recommendation({ measured: 64 })] }]
    const text = markdown(report({ bottlenecks: [], resolved }))
    expect(text).toContain('## Resolved')
    expect(text).toContain('gone since 2026-01-01T00:05:00.000Z. p95 was 480 ms, predicted 60.4 ms, measured 64 ms.')
    expect(markdown(report())).not.toContain('## Resolved')
  })

  it('counts the findings that it does not show', () => {
    const text = markdown(report({ bottlenecks: Array.from({ length: 60 }, () => bottleneck()) }))
    expect(text).toContain('### 50. ')
    expect(text).not.toContain('### 51. ')
    expect(text).toContain('10 more findings in the JSON and CSV reports.')
  })
})

describe('escapeMarkdown', () => {
  it.each([
    ['a|b\\c', 'a\\|b\\\\c'],
    ['two\r\nlines', 'two lines'],
    ['<b>&amp;', '&lt;b&gt;&amp;amp;'],
    ['[x](http://evil.example)', '\\[x\\](http&#58;//evil.example)'],
    ['www.evil.example @team', 'www&#46;evil.example &#64;team'],
    ['`code` *b* _i_', '\\`code\\` \\*b\\* \\_i\\_'],
    ['# no heading', '\\# no heading'],
    ['- no item', '\\- no item'],
    ['1. no item', '1\\. no item'],
    ['\u202egnp.exe', 'gnp.exe'],
    ['GET /orders/:id', 'GET /orders/:id'],
  ])('%j is written %j', (text, escaped) => expect(escapeMarkdown(text)).toBe(escaped))
})

function markdown(of: Parameters<typeof exportMarkdown>[0]): string {
  return [...exportMarkdown(of)].join('')
}

/** Rows whose number of cells is not their header's. */
function brokenTables(lines: readonly string[]): string[] {
  const broken: string[] = []
  let cells: number | null = null
  for (const line of lines) {
    if (!line.startsWith('|')) {
      cells = null
      continue
    }
    const count = line.replace(/\\./g, '').split('|').length
    cells ??= count
    if (count !== cells || !line.endsWith(' |')) broken.push(line)
  }
  return broken
}
