import { describe, expect, it } from 'vitest'
import { PerfMonitorError } from '../../src/errors.js'
import { exportHtml, livePage } from '../../src/exporters/html.js'
import type { PageData } from '../../src/types/report.js'
import { exporterContract } from './contract.js'
import { history, report, snapshot } from './reports.js'

// what a bundler may leave in a page: patterns of String.replace, a long script, characters outside the BMP at any cut
const PAGE = [
  '<!doctype html><html><head><style nonce="__NONCE__">body{margin:0}</style></head><body>',
  '<script id="perf-data" type="application/json">null</script>',
  `<script nonce="__NONCE__">const a="$&$1$\`";${'/*🚀*/'.repeat(20_000)}</script></body></html>`,
].join('\n')

exporterContract('exportHtml', {
  run: (input) => exportHtml(input.report, input.history, { page: PAGE }),
  check: (text, input) => {
    const { before, data, after } = parse(text)
    const [start = '', end = ''] = PAGE.replaceAll('__NONCE__', () => 'report').split('null')
    expect(before === start).toBe(true)
    expect(after === end).toBe(true)
    const expected = JSON.stringify({ mode: 'report', report: input.report, history: input.history })
    expect(JSON.stringify(JSON.parse(data)) === expected).toBe(true)
    expect(data).not.toMatch(/[<>&\u2028\u2029]/)
  },
})

describe('exportHtml', () => {
  it('puts the given nonce where the page has its placeholder, and nowhere in the data', () => {
    const named = report({ snapshot: snapshot({ service: { ...snapshot().service, name: '__NONCE__ $& </script>' } }) })
    const text = [...exportHtml(named, history(), { page: PAGE, nonce: 'r4nd0m+/=' })].join('')
    expect(text.match(/nonce="r4nd0m\+\/="/g)).toHaveLength(2)
    expect(text.split('__NONCE__')).toHaveLength(2)
    const data: PageData = JSON.parse(parse(text).data)
    expect(data.mode === 'report' && data.report.snapshot.service.name).toBe('__NONCE__ $& </script>')
  })

  it.each([
    ['none', '<html></html>'],
    ['2 of them', PAGE + PAGE],
  ])('refuses a page with a wrong number of placeholders: %s', (found, page) => {
    const attempt = () => exportHtml(report(), history(), { page })
    expect(attempt).toThrow(PerfMonitorError)
    expect(attempt).toThrow(`found ${found}`)
  })

  it.each(['', '"', 'a b', '<', "'"])('refuses the nonce %j', (nonce) => {
    expect(() => exportHtml(report(), history(), { page: PAGE, nonce })).toThrow('`nonce`')
  })
})

describe('livePage', () => {
  it('carries its address and nothing else', () => {
    const live: Extract<PageData, { mode: 'live' }> = {
      mode: 'live',
      basePath: '/a</script>/perf',
      collectionIntervalMs: 1000,
      service: { name: '$& <!--', version: null },
      signedIn: true,
    }
    const text = livePage(live, { page: PAGE, nonce: 'abc' })
    expect(JSON.parse(parse(text).data)).toEqual(live)
    expect(text).not.toContain('__NONCE__')
    expect(text.match(/<script/g)).toHaveLength(2)
  })
})

/** As a browser finds it: the data ends at the first thing that looks like the end of a script. */
function parse(text: string): { before: string; data: string; after: string } {
  const open = '<script id="perf-data" type="application/json">'
  const start = text.indexOf(open) + open.length
  const end = text.indexOf('</script', start)
  return { before: text.slice(0, start), data: text.slice(start, end), after: text.slice(end) }
}
