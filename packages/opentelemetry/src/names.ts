// Names that may become operations: span names are free text, and some instrumentations put ids, addresses and values into them.
import type { BridgeHost, Operation } from '@perf-monitor/core/adapter'

const MAX_NAME_LENGTH = 200
const MAX_SCOPE_LENGTH = 60
const MAX_SCANNED = 2000
const OTHER = '(other)'
const MAX_REMEMBERED = 1000 // cleaning takes a microsecond a name, and the same few come again; a full table is begun anew
const MAX_REMEMBERED_LENGTH = 1000 // longer texts carry their values and do not come twice

const ADDRESS = /\b[a-z][a-z0-9+.-]*:\/\/\S+/gi
const QUERY = /(\/[^\s?#]*)[?#]\S*/g
const QUOTED = /"[^"]*"|'[^']*'|`[^`]*`/g
const MAIL = /[^\s@/]+@[^\s@/]+\.[^\s@/]+/g
const ID = /\b(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?=[0-9a-f]*\d)[0-9a-f]{8,}|\d+)\b/gi
const LONG_NUMBER = /\d{3,}/g
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu
const SCOPE_PREFIX = /^(?:@[^/]+\/)?(?:opentelemetry[-.])?(?:instrumentation[-.])?/

/** Operations of the monitor itself: a scope of that name must not be counted among them. */
const RESERVED: ReadonlySet<string> = new Set(['http', 'http-client', 'handler', 'db', 'pool', 'connect'])

const cleaned = new Map<string, string>()
const scopes = new Map<string, string>()

/** `make(text)`, remembered in `known`. `make` must depend on nothing else. */
export function remembered(known: Map<string, string>, text: string, make: (text: string) => string): string {
  const made = known.get(text)
  if (made !== undefined) return made
  if (known.size >= MAX_REMEMBERED) known.clear()
  const fresh = make(text)
  if (text.length <= MAX_REMEMBERED_LENGTH) known.set(text, fresh)
  return fresh
}

/** A span's name without addresses, queries, quoted values, ids and numbers: `GET /users/?`, `process order ?`. Never empty. */
export function cleanName(name: unknown): string {
  return remembered(cleaned, String(name), clean)
}

function clean(name: string): string {
  const text = name
    .slice(0, MAX_SCANNED)
    .replace(UNPRINTABLE, ' ')
    .replace(ADDRESS, '(address)')
    .replace(QUERY, '$1')
    .replace(QUOTED, '?')
    .replace(MAIL, '?')
    .replace(ID, '?')
    .replace(LONG_NUMBER, '?')
    .trim()
  if (text === '') return '(unnamed)'
  return text.length > MAX_NAME_LENGTH ? `${text.slice(0, MAX_NAME_LENGTH - 1)}…` : text
}

/** `@opentelemetry/instrumentation-graphql` is of `graphql`. */
export function libraryOf(scope: string): string {
  return scope.replace(SCOPE_PREFIX, '')
}

/** The component of spans that no convention says more of. */
export function componentOfScope(scope: string): string {
  return remembered(scopes, scope, shortScope)
}

function shortScope(scope: string): string {
  const short = cleanName(libraryOf(scope)).slice(0, MAX_SCOPE_LENGTH)
  if (short === '(unnamed)') return 'opentelemetry'
  return RESERVED.has(short) ? `otel-${short}` : short
}

/** Operations by name, bounded: a tracer whose names are ids must not fill the monitor's own table. */
export class BoundedOperations {
  rejected = 0
  readonly #host: BridgeHost
  readonly #max: number
  readonly #known = new Map<string, Map<string, Operation>>()
  #count = 0

  constructor(host: BridgeHost, max: number) {
    this.#host = host
    this.#max = max
  }

  get(component: string, name: string): Operation {
    const known = this.#known.get(component)?.get(name)
    if (known !== undefined) return known
    if (this.#count >= this.#max) {
      this.rejected++
      return this.#host.operation(this.#known.has(component) ? component : 'opentelemetry', OTHER)
    }
    const operation = this.#host.operation(component, name)
    let ofComponent = this.#known.get(component)
    if (ofComponent === undefined) {
      ofComponent = new Map()
      this.#known.set(component, ofComponent)
    }
    ofComponent.set(name, operation)
    this.#count++
    return operation
  }
}
