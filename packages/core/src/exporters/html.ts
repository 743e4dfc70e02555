// The page and its data in one document. The page is the built dashboard; its data stands in a script element that no browser runs.
import { PerfMonitorError } from '../errors.js'
import type { PageData, PerformanceReport } from '../types/report.js'
import type { PerformanceHistory } from '../types/window.js'
import { chunked, slices } from './chunks.js'
import { jsonPieces } from './json.js'

export const DATA_PLACEHOLDER = '<script id="perf-data" type="application/json">null</script>'
export const NONCE_PLACEHOLDER = '__NONCE__'

const SAVED_NONCE = 'report' // a file has no Content-Security-Policy header: the attribute only must not be left as a placeholder
const NONCE = /^[A-Za-z0-9+/_-]+={0,2}$/ // what CSP's grammar allows, and nothing that could end an attribute

// Inside a script element `</script`, `<!--` and `<script` change how HTML is read; U+2028 and U+2029 end a line in old JavaScript.
const UNSAFE_IN_SCRIPT = /[<>&\u2028\u2029]/g

/** The report as one file: works offline and printed. */
export function exportHtml(
  report: PerformanceReport,
  history: PerformanceHistory,
  options: { page: string; nonce?: string },
): Iterable<string> {
  const data: PageData = { mode: 'report', report, history }
  const [before, after] = splitPage(options.page, options.nonce ?? SAVED_NONCE)
  return chunked(documentPieces(before, data, after))
}

/** The page that listens to `/stream`: small, so one string. */
export function livePage(data: Extract<PageData, { mode: 'live' }>, options: { page: string; nonce: string }): string {
  const [before, after] = splitPage(options.page, options.nonce)
  return `${before}${escapeForScript(JSON.stringify(data))}${after}`
}

function* documentPieces(before: string, data: PageData, after: string): Generator<string, void, undefined> {
  yield* slices(before)
  for (const piece of jsonPieces(data)) yield escapeForScript(piece)
  yield* slices(after)
}

/** The page around its data. Cut and joined, never `replace`d: `$&` in a page or a name would be read as a pattern. */
function splitPage(page: string, nonce: string): [before: string, after: string] {
  if (!NONCE.test(nonce)) {
    throw new PerfMonitorError('PERF_ARGUMENT_INVALID', '`nonce` must be base64 text: pass 16 random bytes as base64')
  }
  const parts = page.split(DATA_PLACEHOLDER)
  if (parts.length !== 2) {
    const found = parts.length === 1 ? 'none' : `${parts.length - 1} of them`
    throw new PerfMonitorError(
      'PERF_ARGUMENT_INVALID',
      `\`page\` must contain exactly one ${DATA_PLACEHOLDER}, found ${found}: build the dashboard and pass its index.html`,
    )
  }
  const [before = '', after = ''] = parts.map((part) => part.split(NONCE_PLACEHOLDER).join(nonce))
  const [open = '', close = ''] = DATA_PLACEHOLDER.split('null')
  return [before + open, close + after]
}

function escapeForScript(json: string): string {
  return json.replace(UNSAFE_IN_SCRIPT, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
