// Failures by operation, class and place. An error passes through several operations: it is read once.
import { types } from 'node:util'
import { frameOfStack, type RawFrame } from './frames.js'
import { MinuteCounts } from './minutes.js'
import type { Operation } from './operation.js'

const MAX_PER_OPERATION = 20
const READS_PER_SECOND = 50 // reading a stack formats it: up to 100 us, and more where the app maps it to its sources
const MAX_MESSAGE_LENGTH = 200
const MAX_READ_LENGTH = 2000 // of a message: it can be a whole response body
const MAX_CLASS_LENGTH = 100

/** What is kept of an error. */
export interface ErrorDigest {
  readonly class: string
  readonly message: string
  /** Where it was made. */
  readonly frame: RawFrame | null
  /** From where the app called what failed, for errors that only show where a library made them. */
  calledFrom: RawFrame | null
}

export interface ErrorEntry {
  readonly class: string
  readonly thrownAt: RawFrame | null
  /** From where the operation was called, for errors without a place; `undefined`: from several places. */
  calledFrom: RawFrame | null | undefined
  message: string
  /** By wall-clock minute. */
  readonly counts: MinuteCounts
  firstAtMs: number
  lastAtMs: number
}

export class ErrorTable {
  readonly limit: number
  used = 0
  rejected = 0
  readonly #onPlace: (frame: RawFrame) => void
  readonly #digests = new WeakMap<object, ErrorDigest>()
  #second = Number.NEGATIVE_INFINITY
  #readsLeft = 0

  constructor({ maxErrorRecords, onPlace }: { maxErrorRecords: number; onPlace: (frame: RawFrame) => void }) {
    this.limit = maxErrorRecords
    this.#onPlace = onPlace
  }

  /** Counts a failure of `operation`. `site` is where it was called from, for errors whose stack shows nothing of the app. */
  add(
    operation: Operation,
    error: unknown,
    { epochMs, site }: { epochMs: number; site: RawFrame | null },
  ): ErrorDigest {
    const digest = this.digestOf(error, epochMs)
    operation.errors ??= new Map()
    const key = keyOf(digest)
    let entry = operation.errors.get(key) ?? this.#alike(operation, digest)
    if (entry === undefined) {
      if (operation.errors.size >= MAX_PER_OPERATION || this.used >= this.limit) {
        this.rejected++
        return digest
      }
      this.used++
      entry = {
        class: digest.class,
        thrownAt: digest.frame,
        calledFrom: null,
        message: digest.message,
        counts: new MinuteCounts(),
        firstAtMs: epochMs,
        lastAtMs: epochMs,
      }
      operation.errors.set(key, entry)
      if (digest.frame !== null) this.#onPlace(digest.frame)
    }
    digest.calledFrom ??= site
    const from = site ?? digest.calledFrom // the call that failed further inside
    if (from !== null && entry.calledFrom !== from) entry.calledFrom = entry.calledFrom === null ? from : undefined
    entry.counts.add(epochMs)
    entry.lastAtMs = epochMs
    entry.message = digest.message
    return digest
  }

  /** One without a place, in a storm in which stacks are not read any more: counted with those of its class. */
  #alike(operation: Operation, digest: ErrorDigest): ErrorEntry | undefined {
    if (digest.frame !== null || this.#readsLeft > 0) return undefined
    let found: ErrorEntry | undefined
    for (const entry of operation.errors?.values() ?? []) {
      if (entry.class === digest.class && (found === undefined || entry.lastAtMs > found.lastAtMs)) found = entry
    }
    return found
  }

  digestOf(error: unknown, epochMs: number): ErrorDigest {
    const isObject = typeof error === 'object' && error !== null
    const known = isObject ? this.#digests.get(error) : undefined
    if (known !== undefined) return known
    const second = Math.floor(epochMs / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#readsLeft = READS_PER_SECOND
    }
    const mayRead = this.#readsLeft > 0
    if (mayRead) this.#readsLeft--
    const digest = {
      class: classOf(error),
      message: safeMessage(messageOf(error)),
      frame: mayRead ? frameOf(error) : null,
      calledFrom: null,
    }
    if (isObject) this.#digests.set(error, digest)
    return digest
  }
}

function keyOf({ class: name, frame }: ErrorDigest): string {
  return frame === null ? name : `${name} ${frame.line}:${frame.column}:${frame.url}`
}

const EMAIL = /[^\s"'<>()@]{1,64}@[^\s"'<>()@]{1,255}/g
const URL_QUERY = /\?[^\s"'<>]{1,2000}/g
const QUOTED = /"[^"]{0,500}"|`[^`]{0,500}`|(?<![A-Za-z0-9])'[^']{0,500}'(?![A-Za-z0-9])/g
const LONG_ID =
  /\b(?=[0-9a-z_-]{0,40}[0-9])[0-9a-z][0-9a-z_-]{15,}\b|\b(?=[0-9a-f-]{0,40}[0-9])[0-9a-f][0-9a-f-]{7,}\b/gi
const NUMBER = /\d+(?:\.\d+)*/g

/** On one line, without what the user sent: quoted values, numbers, ids and addresses are replaced. */
export function safeMessage(message: string): string {
  const line = message.slice(0, MAX_READ_LENGTH).replace(/\s+/g, ' ').trim()
  const safe = line
    .replace(EMAIL, '<email>')
    .replace(QUOTED, "'…'")
    .replace(URL_QUERY, '?…')
    .replace(LONG_ID, '<id>')
    .replace(NUMBER, '<n>')
  return safe.length > MAX_MESSAGE_LENGTH ? `${safe.slice(0, MAX_MESSAGE_LENGTH - 1)}…` : safe
}

/** What an app throws can be anything, and its getters too. */
function classOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return error === null ? 'null' : typeof error
  try {
    const { name } = error as { name?: unknown }
    const made = (error as object).constructor?.name
    // a class that extends Error without setting its name: `Error` says less than the class; pg's are called `error`
    const isNamed = typeof name === 'string' && name !== '' && name.toLowerCase() !== 'error'
    const said = isNamed || !made ? name : made
    return typeof said === 'string' && said !== '' ? said.slice(0, MAX_CLASS_LENGTH) : 'Object'
  } catch {
    return 'Object'
  }
}

function messageOf(error: unknown): string {
  try {
    if (typeof error === 'string') return error
    if (typeof error !== 'object' || error === null) return ''
    const { message, code } = error as { message?: unknown; code?: unknown }
    const text = typeof message === 'string' ? message : ''
    // an AggregateError of failed connects has an empty one
    return text === '' && typeof code === 'string' ? code : text
  } catch {
    return ''
  }
}

/** Only of Error's own stacks: a getter of the app's might do anything. */
function frameOf(error: unknown): RawFrame | null {
  try {
    if (!types.isNativeError(error)) return null
    const { stack } = error
    return typeof stack === 'string' ? frameOfStack(stack) : null
  } catch {
    return null
  }
}
