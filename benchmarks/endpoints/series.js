// What the others are given: one series per operation, with the buckets and labels that perf-monitor's exposition has.
import { durationsMs, namesOf } from './history.js'

export const HTTP_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
export const OPERATION_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const RECORDS = 10 // of each series

export function recordAll(operations, { http, other }) {
  const { routes, handlers, queries } = namesOf(operations)
  const nextMs = durationsMs()
  for (let n = 0; n < RECORDS; n++) {
    for (const name of routes) {
      const [method, route] = name.split(' ')
      const labels = { http_request_method: method, http_route: route, http_response_status_code: '200' }
      http(labels, nextMs() / 1000)
    }
    for (const [component, names] of [
      ['handler', handlers],
      ['db', queries],
    ]) {
      for (const operation of names) other({ component, operation, outcome: 'success' }, nextMs() / 1000)
    }
  }
}
