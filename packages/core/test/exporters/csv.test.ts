import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CSV_COLUMNS, exportCsv } from '../../src/exporters/csv.js'
import { exporterContract } from './contract.js'
import { alert, component, operationMetrics, report, snapshot } from './reports.js'

exporterContract('exportCsv', {
  run: (input) => exportCsv(input.report),
  check: (text, { report: { snapshot: taken } }) => {
    const [header = [], ...rows] = parseCsv(text)
    expect(header).toEqual([...CSV_COLUMNS])
    expect(rows.filter((row) => row.length !== header.length)).toEqual([])
    const operations = rows.filter(([record]) => record === 'operation')
    const expected = Object.values(taken.componentMetrics).flatMap((one) => Object.keys(one.operationBreakdown))
    expect(operations.length).toBe(expected.length)
    expect(operations.map((row) => row[2]?.replace(/^'/, ''))).toEqual(expected.map((name) => name.replace(/^'/, '')))
    // a sign may only begin a number; blanks and quotes before it do not count
    const formulas = rows.flat().filter((cell) => /^["'\s]*[=+\-@]/.test(cell) && !/^(-?[\d.]+$|')/.test(cell))
    expect(formulas).toEqual([])
    expect(rows.flat().filter((cell) => /^(NaN|-?Infinity|null|undefined)$/.test(cell))).toEqual([])
  },
})

describe('exportCsv', () => {
  it('gives an operation one row with its figures', () => {
    const [row] = records(report(), 'operation')
    expect(row).toMatchObject({
      component: 'http',
      operation: 'GET /orders',
      count: '100',
      failedCount: '2',
      p95Ms: '31.25',
      errorRatePercent: '2.0202',
      timeToFirstByteP95Ms: '25',
      metric: '',
    })
  })

  it('gives everything else a row with metric, value and unit', () => {
    const full = report()
    expect(records(full, 'system').find(({ metric }) => metric === 'disks./data.usedPercent')).toMatchObject({
      value: '60',
      unit: '%',
    })
    expect(records(full, 'runtime').find(({ metric }) => metric === 'eventLoopDelay.p99Ms')).toMatchObject({
      value: '2.5',
      unit: 'ms',
    })
    expect(records(full, 'status-code').map(({ metric, value }) => [metric, value])).toEqual([
      ['200', '97'],
      ['499', '1'],
      ['500', '2'],
    ])
    expect(records(full, 'child').map(({ metric, value, text }) => [metric, value, text])).toEqual([
      ['callsPerParent', '51', 'db SELECT orders'],
      ['totalMs', '900', 'db SELECT orders'],
      ['sharePercent', '73', 'db SELECT orders'],
    ])
    expect(records(full, 'alert')[0]).toMatchObject({ state: 'firing', severity: 'warning', value: '1200', unit: 'ms' })
    expect(records(full, 'bottleneck')[0]?.text).toContain('(src/orders.ts:42:7)')
    expect(records(full, 'evidence')[0]).toMatchObject({ metric: 'p95Ms', value: '480', threshold: '100' })
    expect(records(full, 'recommendation')[0]).toMatchObject({ metric: 'p95Ms', value: '60.4', threshold: '480' })
    expect(records(full, 'report').find(({ metric }) => metric === 'serviceName')?.text).toBe('shop-api')
  })

  it.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-cmd', "'-cmd"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\tx', "'\tx"],
    ['\rx', "'\rx"],
    ['"=1', `'"=1`],
    [`'=1`, `''=1`],
    ['  =1', "'  =1"],
    ['\uff1d1', "'\uff1d1"],
    ['-1.5', '-1.5'],
    ['GET /a=b', 'GET /a=b'],
  ])('defuses %j', (name, expected) => {
    const given = snapshot({ componentMetrics: { http: component({ [name]: operationMetrics() }) } })
    expect(records(report({ snapshot: given }), 'operation')[0]?.operation).toBe(expected)
  })

  it('leaves negative numbers numbers', () => {
    const [row] = records(report({ alerts: [alert({ value: -1.5 })] }), 'alert')
    expect(row?.value).toBe('-1.5')
  })

  it('has its columns in docs/csv.md', () => {
    const page = readFileSync(new URL('../../../../docs/csv.md', import.meta.url), 'utf8')
    const documented = [...(page.split('## Columns')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name)
    expect(documented).toEqual([...CSV_COLUMNS])
  })
})

function records(of: Parameters<typeof exportCsv>[0], record: string): Record<string, string>[] {
  const [header = [], ...rows] = parseCsv([...exportCsv(of)].join(''))
  return rows
    .map((row) => Object.fromEntries(header.map((column, index) => [column, row[index] ?? ''])))
    .filter((row) => row.record === record)
}

/** RFC 4180, strictly: CRLF only, quotes only around whole cells and doubled inside. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  const cell = /"((?:[^"]|"")*)"(,|\r\n)|([^",\r\n]*)(,|\r\n)/y
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex
    const match = cell.exec(text)
    if (match === null) throw new Error(`not RFC 4180 at ${at}: ${JSON.stringify(text.slice(at, at + 80))}`)
    row.push(match[1] === undefined ? (match[3] ?? '') : match[1].replaceAll('""', '"'))
    if ((match[2] ?? match[4]) === '\r\n') {
      rows.push(row)
      row = []
    }
  }
  expect(row).toEqual([])
  return rows
}
