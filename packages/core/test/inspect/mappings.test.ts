import { SourceMap } from 'node:module'
import { describe, expect, test } from 'vitest'
import { originalPositions } from '../../src/inspect/mappings.js'

const originalPosition = (mappings: string, line: number, column: number) => {
  const [found] = originalPositions(mappings, [{ line, column }])
  return found
}

// lines 0 to 3; line 1 is empty, line 2 has a segment without a source, line 3 goes back to the first source
const MAPPINGS = 'AAAA,IAAIA,QCEJ;;E,EAAE,KAAK;ADFL,gBAAgB'

describe('against the SourceMap class of Node', () => {
  const map = new SourceMap({
    version: 3,
    file: 'out.js',
    sources: ['a.ts', 'b.ts'],
    sourcesContent: [],
    names: ['x'],
    mappings: MAPPINGS,
    sourceRoot: '',
  })
  for (const [line, column] of [
    [0, 0],
    [0, 3],
    [0, 4],
    [0, 11],
    [0, 12],
    [0, 500],
    [2, 4],
    [2, 9],
    [3, 0],
    [3, 16],
  ] as const) {
    test(`${line}:${column}`, () => {
      const expected = map.findEntry(line, column)
      expect('originalLine' in expected).toBe(true)
      if (!('originalLine' in expected)) return
      const { originalSource, originalLine, originalColumn } = expected
      expect(originalPosition(MAPPINGS, line, column)).toEqual({
        source: originalSource === 'a.ts' ? 0 : 1,
        line: originalLine,
        column: originalColumn,
      })
    })
  }
})

test.each([
  ['a line without segments', MAPPINGS, 1, 0],
  ['a segment without a source', MAPPINGS, 2, 3],
  ['before the first segment', MAPPINGS, 2, 1],
  ['beyond the last line', MAPPINGS, 9, 0],
  ['no mappings', '', 0, 0],
  ['broken mappings', 'AA!A', 0, 0],
])('%s has no original', (_, mappings, line, column) => {
  expect(originalPosition(mappings, line, column)).toBeNull()
})

test('many at once, in any order, twice the same too', () => {
  const wanted = Array.from({ length: 120 }, (_, n) => ({ line: (n * 7) % 10, column: (n * 5) % 24 }))
  expect(originalPositions(MAPPINGS, wanted)).toEqual(
    wanted.map(({ line, column }) => originalPosition(MAPPINGS, line, column)),
  )
  expect(originalPositions(MAPPINGS, [])).toEqual([])
})
