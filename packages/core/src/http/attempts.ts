// Wrong credentials, counted per remote address, so that a token cannot be guessed by trying.
import { isIPv6 } from 'node:net'
import type { Clock } from '../clock.js'
import { PerfHttpError } from '../errors.js'

const MAX_FAILURES = 10
const WINDOW_MS = 60_000
const MAX_ADDRESSES = 10_000 // about 1 MiB; the oldest is forgotten first

interface Failures {
  count: number
  readonly sinceMs: number
}

export class FailedAttempts {
  readonly #clock: Clock
  readonly #byAddress = new Map<string, Failures>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Throws 429 for an address that failed too often: before credentials are compared, or guessing would still pay. */
  check(address: string | undefined): void {
    const key = networkOf(address)
    const failures = this.#byAddress.get(key)
    if (failures === undefined) return
    const leftMs = failures.sinceMs + WINDOW_MS - this.#clock.monotonicMs()
    if (leftMs <= 0) this.#byAddress.delete(key)
    else if (failures.count >= MAX_FAILURES) {
      const seconds = Math.ceil(leftMs / 1000)
      throw new PerfHttpError('too-many-requests', `Too many wrong credentials: try again in ${seconds} s`, {
        'Retry-After': String(seconds),
      })
    }
  }

  add(address: string | undefined): void {
    const key = networkOf(address)
    const failures = this.#byAddress.get(key)
    if (failures !== undefined) {
      failures.count++
      return
    }
    if (this.#byAddress.size >= MAX_ADDRESSES) {
      const oldest = this.#byAddress.keys().next()
      if (!oldest.done) this.#byAddress.delete(oldest.value)
    }
    this.#byAddress.set(key, { count: 1, sinceMs: this.#clock.monotonicMs() })
  }

  get size(): number {
    return this.#byAddress.size
  }
}

/** An IPv6 client owns a /64: counted one by one its addresses would never run out. */
function networkOf(address: string | undefined): string {
  if (address === undefined) return 'unknown'
  if (!isIPv6(address) || address.toLowerCase().startsWith('::ffff:')) return address
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':')
    while (groups.length + after.length < 8) groups.push('0')
    groups.push(...after)
  }
  return `${groups.slice(0, 4).join(':')}::/64`
}
