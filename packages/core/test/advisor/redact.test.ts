import { describe, expect, it } from 'vitest'
import { MAX_FINDINGS, redactFindings, redactText } from '../../src/advisor/redact.js'
import { bottleneck, recommendation } from '../exporters/reports.js'

describe('redactText', () => {
  it.each([
    ['fetch https://api.example.com/users/7?key=s3cret failed', 'fetch (address) failed'],
    ['postgres://app:pw@db.internal:5432/shop is slow', '(address) is slow'],
    ['GET /orders/:id?user=ada', 'GET /orders/:id'],
    ['mail ada.lovelace@example.com now', 'mail (mail) now'],
    ['Authorization: Bearer-abc and password=hunter2', 'Authorization: (hidden) and password=(hidden)'],
    ['order 3f2504e0-4f89-11d3-9a0c-0305e82c3301', 'order (id)'],
    ['token sk1234567890abcdefghij here', 'token (hidden) here'],
    ['key eyJhbGciOiJIUzI1NiIsInR5cCI6 x', 'key (hidden) x'],
  ])('%j becomes %j', (given, expected) => {
    expect(redactText(given)).toBe(expected)
  })

  it.each([
    '`GET /orders` runs `SELECT * FROM items WHERE order_id = ?` 51 times per request, from src/orders.ts:42',
    'p95 would fall from 480 ms to about 60 ms',
    'http-client GET api.example.com:8443 takes 92 %',
    'src/controllers/v2/order-items-controller-2.ts:12 in listOrderItemsOfCustomer',
  ])('leaves %j as it is', (text) => {
    expect(redactText(text)).toBe(text)
  })

  it('is bounded', () => {
    for (const part of ['a', 'a1', '://', '/?', '@a.', 'token ', '0-']) {
      expect(redactText(part.repeat(500_000)).length).toBeLessThanOrEqual(1500)
    }
  })
})

describe('redactFindings', () => {
  it('carries place and figures, but no source lines, and is bounded', () => {
    const one = bottleneck({
      id: 'a',
      description: 'calls https://example.com/x',
      source: { firstLine: 1, lines: ['const password = "hunter2"'] },
    })
    const many = [one, ...Array.from({ length: 100 }, (_, i) => bottleneck({ id: `b${i}` }))]
    const advice = Array.from({ length: 50 }, () => recommendation({ bottleneckId: 'a' }))
    const findings = redactFindings(many, advice)
    expect(findings).toHaveLength(MAX_FINDINGS)
    expect(findings[0]?.description).toBe('calls (address)')
    expect(findings[0]?.location).toEqual(one.location)
    expect(findings[0]?.recommendations).toHaveLength(10)
    expect(JSON.stringify(findings)).not.toContain('hunter2')
  })
})
