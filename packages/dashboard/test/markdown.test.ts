import { expect, it } from 'vitest'
import { findingMarkdown } from '../src/markdown.js'
import { finding, iso, recommendation } from './fixtures.js'

it('writes a finding as an issue would have it', () => {
  const text = findingMarkdown(
    finding({
      location: { file: 'src/orders.ts', line: 42, column: 17, function: 'listOrders' },
      evidence: [
        { metric: 'p95Ms', value: 480, unit: 'ms', threshold: 200 },
        { metric: 'calls | per run', value: 51, unit: '' },
      ],
    }),
    [recommendation()],
  )
  expect(text).toBe(`## GET /orders is slow: 51 queries per request

Most of its time goes into queries.

- Cause: \`slow-operations\`, severity high
- Operation: \`GET /orders\` (http)
- Place: \`listOrders (src/orders.ts:42:17)\`
- Since: ${iso(0)}, last seen ${iso(1000)}

| Measured | Value | Threshold |
| --- | ---: | ---: |
| p95 | 480 ms | 200 ms |
| calls \\| per run | 51 |  |

### Read them in one query

Collect the ids first.

Effort: low. Expected: p95 from 480 ms to about 60 ms (confidence 80 %).
`)
})

it('keeps backticks in names from ending the code', () => {
  const text = findingMarkdown(finding({ operation: 'select `id` from `orders`' }), [])
  expect(text).toContain('- Operation: `` select `id` from `orders` `` (http)')
})
