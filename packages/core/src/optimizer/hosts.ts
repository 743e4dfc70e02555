// Hosts by name: connections are those of `host:port`, requests those of `METHOD host`, where the usual port is left out.
import type { OperationView } from '../types/window.js'
import type { NamedOperation } from './calls.js'

const RETRANSMIT_MS = 900 // the kernel repeats a lost SYN after 1 s, 3 s, 7 s
const QUICK_SHARE = 0.2 // p50 of at most a fifth of p95: most connects are quick, some are lost

/** Whether it is an outbound request to the host of a `connect` operation; ports may be left out on one side. */
export function isRequestTo({ component, operation }: NamedOperation, host: string): boolean {
  if (component !== 'http-client') return false
  const target = operation.slice(operation.indexOf(' ') + 1)
  if (target === host) return true
  const wanted = withoutPort(host)
  return withoutPort(target) === wanted && (target === wanted || host === wanted)
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '')
}

/** Most connects are quick, one in twenty waits for its first packet to be sent again: packets are lost, or the accept queue is full. */
export function losesConnects({ durations }: OperationView): boolean {
  const p95Ms = durations.quantile(0.95) ?? 0
  return p95Ms >= RETRANSMIT_MS && (durations.quantile(0.5) ?? 0) <= QUICK_SHARE * p95Ms
}
