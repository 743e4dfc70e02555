import { expect, it } from 'vitest'
import { felt, feltBy } from '../lib/felt.mjs'

const kind = (p95Ms, more = {}) => ({
  path: '/',
  sent: 1000,
  skipped: 0,
  errors: 0,
  status: { 200: 1000 },
  p95Ms,
  ...more,
})
const worse = (fault, twin) => feltBy({ fault: [kind(5), fault], twin: [kind(5), twin] })

it('the median and the 95th percentile are values that were measured', () => {
  const durationsMs = Array.from({ length: 100 }, (_, i) => 100 - i)
  expect(felt({ path: '/', durationsMs })).toEqual({ path: '/', p50Ms: 50, p95Ms: 95 })
  expect(felt({ path: '/', durationsMs: [] })).toEqual({ path: '/', p50Ms: null, p95Ms: null })
})

it('a difference is felt from a quarter and 10 ms on', () => {
  expect(worse(kind(19), kind(10))).toBeNull()
  expect(worse(kind(21), kind(10))).toMatchObject({ p95Ms: 21 })
  expect(worse(kind(124), kind(100))).toBeNull()
  expect(worse(kind(126), kind(100))).toMatchObject({ p95Ms: 126 })
  expect(worse(kind(10), kind(200))).toBeNull()
  expect(worse(kind(null), kind(10))).toBeNull()
})

it('failures, requests without an answer and those that were not even sent are felt', () => {
  const fine = kind(5)
  expect(worse(kind(5, { status: { 200: 980, 503: 20 } }), fine)).not.toBeNull()
  expect(worse(kind(5, { errors: 20 }), fine)).not.toBeNull()
  expect(worse(kind(5, { skipped: 20 }), fine)).not.toBeNull()
  expect(worse(kind(5, { status: { 200: 980, 404: 20 } }), fine)).toBeNull()
  expect(worse(kind(5, { errors: 20 }), kind(5, { errors: 15 }))).toBeNull()
})
