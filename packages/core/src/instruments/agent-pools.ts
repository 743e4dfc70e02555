// The sockets of an http.Agent as pools, one a host.
import type { ClientRequest } from 'node:http'
import { isIPv6 } from 'node:net'
import type { PoolReading } from './pools.js'

const MAX_HOSTS = 200 // of one agent that are looked at; an app that calls its users' webhooks knows any number

type ByKey = Readonly<Record<string, readonly object[] | undefined>>

export interface AgentLike {
  readonly maxSockets?: unknown
  readonly defaultPort?: unknown
  readonly sockets?: ByKey
  readonly freeSockets?: ByKey
  readonly requests?: ByKey
}

export function readAgent(agent: AgentLike): PoolReading[] {
  const { sockets = {}, freeSockets = {}, requests = {}, maxSockets, defaultPort } = agent
  const keys = new Set([...Object.keys(sockets), ...Object.keys(requests), ...Object.keys(freeSockets)])
  const max = typeof maxSockets === 'number' && Number.isFinite(maxSockets) ? maxSockets : null
  const readings: PoolReading[] = []
  for (const key of keys) {
    if (readings.length >= MAX_HOSTS) break
    const host = hostOfKey(key, defaultPort)
    if (host === null) continue
    const busy = sockets[key] ?? []
    const idle = freeSockets[key]?.length ?? 0
    readings.push({
      name: `agent ${host}`,
      max,
      open: busy.length + idle,
      idle,
      waiting: requests[key]?.length ?? 0,
      taken: busy.flatMap((socket) => (socket as { _httpMessage?: ClientRequest | null })._httpMessage ?? []),
    })
  }
  return readings
}

/** `host:port:localAddress…` as `agent.getName` joins it, without brackets around IPv6, to `host[:port]`; `null` for a unix socket. */
export function hostOfKey(key: string, defaultPort: unknown): string | null {
  let found: string | null = null
  for (const { index, 1: port } of key.matchAll(/:(\d+)(?=:|$)/g)) {
    const host = key.slice(0, index)
    const isAddress = isIPv6(host)
    if (host.includes(':') && !isAddress) continue
    const name = isAddress ? `[${host}]` : host.toLowerCase()
    found = port === String(defaultPort) ? name : `${name}:${port}`
    if (!isAddress) break // the last one of an address: groups of digits look like ports
  }
  return found
}
