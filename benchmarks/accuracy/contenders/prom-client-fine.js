import { exponentialBuckets } from 'prom-client'
import { create as createWith } from './prom-client.js'

/** Each a tenth wider than the one before, from 0.1 ms to a minute. */
export function create() {
  return createWith({ buckets: exponentialBuckets(0.0001, 1.1, 140) })
}
