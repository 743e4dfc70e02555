import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { functionText, Sources } from '../../src/inspect/sources.js'

const folder = mkdtempSync(join(tmpdir(), 'perf-monitor-sources-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const TEXT = `function one() {
  // readFileSync('not this')
  const a = "gzipSync("
  return readFileSync(a)
}
const two = (x) => {
  const first = gzipSync(x)
  return JSON.parse(first).map(JSON.parse)
}
function three() { list.sort(); return JSON.stringify(structuredClone(list)) }
function four() {
  hash(1)
  hash(2); rehash(3)
}
`
const file = join(folder, 'a.js')
writeFileSync(file, TEXT)
const url = pathToFileURL(file).href
const at = (line: number, column = 1) => ({ line, column })

describe('the one line on which a function makes a call', () => {
  const sources = new Sources()
  test.each([
    ['readFileSync', 1, /readFileSync/, { name: 'readFileSync', line: 4 }],
    ['only a text', 1, /gzipSync/, null],
    ['of another function', 6, /readFileSync/, null],
    ['by an expression', 6, /[\w$]+Sync/, { name: 'gzipSync', line: 7 }],
    ['made twice', 11, /hash/, null],
    ['with a longer name', 11, /rehash/, { name: 'rehash', line: 13 }],
  ])('%s', (_, line, name, call) => {
    expect(sources.callIn(url, at(line), name)).toEqual(call)
  })
})

test('builtins that a line calls', () => {
  const sources = new Sources()
  expect(sources.builtinAt(file, 8)).toBe('JSON.parse')
  expect(sources.builtinAt(url, 10)).toBeNull() // three
  expect(sources.builtinAt(url, 4)).toBeNull()
})

test('what cannot be read says nothing', () => {
  const sources = new Sources()
  for (const unknown of ['file:///nowhere/a.js', 'node:fs', '', folder]) {
    expect(sources.builtinAt(unknown, 1)).toBeNull()
    expect(sources.columnOf(unknown, 1)).toBeNull()
    expect(sources.callIn(unknown, at(1), /a/)).toBeNull()
  }
  expect(sources.columnOf(url, 4)).toBe(3)
  expect(sources.columnOf(url, 99)).toBeNull()
})

test.each([
  ['braces', ['(a) { if (a) { b() } }', 'c()'], ['(a) { if (a) { b() } }']],
  ['parameters with braces', ['({ a }, b = {}) => {', ' c()', '}', 'd()'], ['({ a }, b = {}) => {', ' c()', '}']],
  ['an expression', ['(a) => b(a);', 'c()'], ['(a) => b(a);']],
  ['an argument', ['(a) => b(a))', 'c()'], ['(a) => b(a))']],
  ['templates over lines', ['() {', ' x(`}', '}`)', '}', 'd()'], ['() {', ' x(`', ')', '}']],
  ['comments', ['() { /* }', '} */ a() // }', '}', 'b()'], ['() { ', ' a() ', '}']],
])('a function ends with its %s', (_, lines, text) => {
  expect(functionText(lines, 1, 1)).toEqual(text)
})

test('a place outside of the text is its beginning, or nothing', () => {
  expect(functionText(['a()', 'b()'], 0, 0)).toEqual(['a()', 'b()'])
  expect(functionText(['a()'], 5, 1)).toEqual([])
})
