// Hosts by name: connections are those of `host:port`, requests those of `METHOD host`, where the usual port is left out.
import type { NamedOperation } from './calls.js'

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
