// Operations of outbound HTTP by method and host: two look-ups of ready strings, nothing is joined for a known host.
import type { Operation } from '../tracker/operation.js'
import type { Tracker } from '../tracker/tracker.js'

const MAX_HOSTS = 1000 // per method; an app that calls its users' webhooks knows any number: further ones are `METHOD (other)`
const MAX_HOST_LENGTH = 255 // of a DNS name

export class ClientOperations {
  readonly #tracker: Tracker
  readonly #component: string
  readonly #byMethod = new Map<string, Map<string, Operation>>()

  constructor(tracker: Tracker, component = 'http-client') {
    this.#tracker = tracker
    this.#component = component
  }

  /** @param key what the caller has at hand for a host; `hostOf` makes the name of it, once */
  operation(method: unknown, key: string, hostOf: (key: string) => string): Operation {
    const name = this.#tracker.methodName(typeof method === 'string' ? method.toUpperCase() : undefined)
    let byKey = this.#byMethod.get(name)
    if (byKey === undefined) {
      byKey = new Map()
      this.#byMethod.set(name, byKey)
    }
    const known = byKey.get(key)
    if (known !== undefined) return known
    if (byKey.size >= MAX_HOSTS || key.length > MAX_HOST_LENGTH) {
      return this.#tracker.operation(this.#component, `${name} (other)`)
    }
    const operation = this.#tracker.operation(this.#component, `${name} ${hostOf(key)}`)
    byKey.set(key, operation)
    return operation
  }
}
