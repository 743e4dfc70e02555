import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const RULES = new URL('../../src/optimizer/', import.meta.url)

/** A field of the API, or words: `p95Ms` is shown as "p95", `meanMs per call` as it stands. */
describe('names of evidence', () => {
  it('do not put words beside the name of a field', () => {
    const files = readdirSync(RULES, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
    const names = files.flatMap((file) =>
      [...readFileSync(new URL(file, RULES), 'utf8').matchAll(/metric: ['`]([^'`]+)['`]/g)].map(([, name]) => name),
    )
    expect(names.length).toBeGreaterThan(50)
    expect(names.filter((name) => /[a-z](?:Ms|Percent|Bytes) /.test(name as string))).toEqual([])
  })
})
