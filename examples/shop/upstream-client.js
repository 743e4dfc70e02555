// The shop's side of the two services that it calls over HTTP. A failure becomes an answer for the shop's own client: 502 or 504.
import { HttpError } from './http-error.js'

const TIMEOUT_MS = 1000 // nobody waits longer at a checkout

/**
 * @param {{ monitor: import('@perf-monitor/core').PerformanceMonitor, baseUrl: string }} options
 */
export function createUpstreamClient({ monitor, baseUrl }) {
  /** Timed as an outbound call; whatever throws in here counts as its failure. */
  function call({ method, host, path, body }) {
    return monitor.track('http-client', `${method} ${host}`, async () => {
      let response
      try {
        response = await fetch(baseUrl + path, {
          method,
          headers: body && { 'Content-Type': 'application/json' },
          body: body && JSON.stringify(body),
          signal: AbortSignal.timeout(TIMEOUT_MS),
        })
        if (response.status < 500) return { status: response.status, body: await response.json() }
        await response.body?.cancel()
      } catch (cause) {
        if (cause.name === 'TimeoutError') throw new HttpError(504, `${host} took too long`, { cause })
        throw new HttpError(502, `${host} cannot be reached`, { cause })
      }
      throw new HttpError(502, `${host} answered ${response.status}`)
    })
  }

  return {
    /**
     * @param {{ itemCount: number, country: string }} parcel
     * @returns {Promise<{ carrier: string, cents: number, days: number }[]>} cheapest first
     */
    async shippingRates({ itemCount, country }) {
      const path = `/rates?items=${itemCount}&country=${encodeURIComponent(country)}`
      const answer = await call({ method: 'GET', host: 'shipping.local', path })
      return answer.body.rates
    },

    /**
     * A declined card is an answer, not a failure of the call.
     *
     * @param {{ customerId: number, cents: number }} charge
     * @returns {Promise<{ accepted: boolean }>}
     */
    async charge(charge) {
      const answer = await call({ method: 'POST', host: 'payments.local', path: '/charges', body: charge })
      return { accepted: answer.status === 201 }
    },
  }
}

/** @typedef {ReturnType<typeof createUpstreamClient>} UpstreamClient */
