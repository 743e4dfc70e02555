import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { excerpt, withExcerpts } from '../../src/monitor/excerpts.js'
import { bottleneck } from '../exporters/reports.js'

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'excerpts-'))
  writeFileSync(join(root, 'app.js'), Array.from({ length: 20 }, (_, n) => `line ${n + 1}`).join('\r\n'))
  writeFileSync(join(root, 'bundle.js'), 'x'.repeat(2 * 1024 * 1024))
})
afterAll(() => rmSync(root, { recursive: true }))

const at = (file: string, line: number) => ({ file, line, column: 1, function: null })

describe('excerpt', () => {
  it('is seven lines with the place in the middle, fewer at the ends of the file', async () => {
    expect(await excerpt(at('app.js', 10), root)).toEqual({
      firstLine: 7,
      lines: ['line 7', 'line 8', 'line 9', 'line 10', 'line 11', 'line 12', 'line 13'],
    })
    expect(await excerpt(at('app.js', 1), root)).toEqual({
      firstLine: 1,
      lines: ['line 1', 'line 2', 'line 3', 'line 4'],
    })
    expect((await excerpt(at('app.js', 20), root))?.lines).toHaveLength(4)
  })

  it('is null for what is not the app’s, is no file, is a bundle, or has no such line', async () => {
    for (const place of [
      at('../etc/passwd', 1),
      at('/etc/passwd', 1),
      at('gone.js', 1),
      at('bundle.js', 1),
      at('app.js', 21),
      at('app.js', 0),
    ]) {
      expect(await excerpt(place, root)).toBeNull()
    }
  })

  it('is added to findings that have a place', async () => {
    const found = [bottleneck({ location: at('app.js', 5) }), bottleneck({ location: null })]
    const [first, second] = await withExcerpts(found, root)
    expect(first?.source?.lines[3]).toBe('line 5')
    expect(second?.source).toBeNull()
  })
})
