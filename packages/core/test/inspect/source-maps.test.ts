import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SourceMaps } from '../../src/inspect/source-maps.js'

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'perf-monitor-maps-'))
  mkdirSync(join(root, 'dist'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const MAP = { version: 3, names: [], sources: ['../src/app.ts'], mappings: ';;IAIA' } // line 3 column 5 is line 5 column 1

/** Where line 3, column 5 of a file with this text is. */
function locate(name: string, text: string, files: Record<string, string> = {}) {
  writeFileSync(join(root, 'dist', name), text)
  for (const [path, content] of Object.entries(files)) writeFileSync(join(root, 'dist', path), content)
  const url = pathToFileURL(join(root, 'dist', name)).href
  return new SourceMaps(root).locate({ function: 'run', url, line: 3, column: 5 })
}

const ORIGINAL = { file: 'src/app.ts', line: 5, column: 1, function: 'run' }

test('a map beside the file', () => {
  const files = { 'a.js.map': JSON.stringify(MAP) }
  expect(locate('a.js', 'x\ny\nz\n//# sourceMappingURL=a.js.map\n', files)).toEqual(ORIGINAL)
})

test('a map inside the file, the last one counts', () => {
  const data = `data:application/json;charset=utf-8;base64,${Buffer.from(JSON.stringify(MAP)).toString('base64')}`
  expect(locate('b.js', `//# sourceMappingURL=gone.map\ny\nz\n//# sourceMappingURL=${data}`)).toEqual(ORIGINAL)
})

test('sourceRoot stands before the sources', () => {
  const files = { 'c.js.map': JSON.stringify({ ...MAP, sourceRoot: '../src', sources: ['app.ts'] }) }
  expect(locate('c.js', '//# sourceMappingURL=c.js.map', files)).toEqual(ORIGINAL)
})

test.each([
  ['no map', 'n.js', 'x'],
  ['a map that is not there', 'g.js', '//# sourceMappingURL=gone.js.map'],
  ['a map that is no JSON', 'j.js', '//# sourceMappingURL=j.js'],
  ['a map on another machine', 'h.js', '//# sourceMappingURL=https://example.com/h.js.map'],
])('%s: the place that runs', (_, name, text) => {
  expect(locate(name, text)).toEqual({ file: `dist/${name}`, line: 3, column: 5, function: 'run' })
})

test('what lies outside the app keeps its path, and CommonJS frames have one already', () => {
  const maps = new SourceMaps(join(root, 'dist'))
  const path = join(root, 'other.js')
  expect(maps.locate({ function: null, url: path, line: 1, column: 2 })).toEqual({
    ...{ file: path, line: 1, column: 2, function: null },
  })
})

test('many places of a file are looked up at once, however many come and whatever became of the file', () => {
  const files = { 'many.js.map': JSON.stringify({ ...MAP, mappings: 'AAAA;;IAIA,KAAC' }) }
  locate('many.js', 'x\ny\nz\n//# sourceMappingURL=many.js.map\n', files)
  const url = pathToFileURL(join(root, 'dist', 'many.js')).href
  const at = (line: number, column: number) => ({ function: null, url, line, column })
  const maps = new SourceMaps(root)
  maps.learn([at(3, 12), at(1, 1), at(3, 5), at(3, 1), at(3, 5), at(9, 1)])
  rmSync(join(root, 'dist', 'many.js'))
  const place = (line: number, column: number) => {
    const { file, ...found } = maps.locate(at(line, column))
    return [file, found.line, found.column]
  }
  expect(place(3, 12)).toEqual(['src/app.ts', 5, 2])
  expect(place(3, 5)).toEqual(['src/app.ts', 5, 1])
  expect(place(1, 1)).toEqual(['src/app.ts', 1, 1])
  expect(place(3, 1)).toEqual(['dist/many.js', 3, 1])
  expect(place(9, 1)).toEqual(['dist/many.js', 9, 1])
})
