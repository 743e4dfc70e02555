// Where a request comes from: the peer's address, the host it named, the site a browser sent it from.
import { BlockList, isIPv4, isIPv6 } from 'node:net'
import type { PerfRequest } from '../types/http.js'

/** Proxies add these: what carries one did not come directly. */
const FORWARDING_HEADERS = ['forwarded', 'x-forwarded-for', 'x-real-ip']
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** The first value of a header. */
export function header(request: Pick<PerfRequest, 'headers'>, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** `Host`, or what HTTP/2 has instead. */
export function hostOf(request: Pick<PerfRequest, 'headers'>): string | undefined {
  return header(request, 'host') ?? header(request, ':authority')
}

/** The peer is this machine. A unix socket has no address: behind it stands a proxy, so it does not count. */
export function isLoopbackAddress(address: string | undefined): boolean {
  if (address === undefined) return false
  if (isIPv4(address)) return loopback.check(address, 'ipv4')
  // also true for ::ffff:127.0.0.1, as dual-stack sockets show IPv4 peers
  return isIPv6(address) && loopback.check(address, 'ipv6')
}

export function isForwarded(request: PerfRequest): boolean {
  return FORWARDING_HEADERS.some((name) => request.headers[name] !== undefined)
}

/**
 * The client meant this machine by a name that only this machine has. A page at evil.example whose name was rebound to
 * 127.0.0.1 reaches us from loopback too, but with its own name in `Host`.
 */
export function isLoopbackHost(host: string | undefined): boolean {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:@/\\?#\s[\]]+))(?::\d{1,5})?$/i.exec(host ?? '')
  if (match === null) return false
  if (match[1] !== undefined) return isLoopbackAddress(match[1])
  const name = (match[2] ?? '').toLowerCase()
  // browsers resolve *.localhost to loopback themselves (RFC 6761)
  return name === 'localhost' || name.endsWith('.localhost') || (isIPv4(name) && isLoopbackAddress(name))
}

/** What changes state must come from our own pages or from no browser at all. */
export function isCrossSite(request: PerfRequest): boolean {
  if (SAFE_METHODS.has(request.method)) return false
  const site = header(request, 'sec-fetch-site')
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  const origin = header(request, 'origin')
  return origin !== undefined && !isOriginOf(origin, hostOf(request))
}

/** Scheme left aside: behind a proxy that ends TLS the browser's is not ours. */
function isOriginOf(origin: string, host: string | undefined): boolean {
  const match = /^(https?):\/\/([^/?#@\\]+)$/i.exec(origin)
  if (match === null || host === undefined || /[/?#@\\]/.test(host)) return false
  // the URL parser drops the scheme's default port, which one side may spell out
  const sent = hostInUrl(`${match[1]}://${match[2]}`)
  return sent !== null && sent === hostInUrl(`${match[1]}://${host}`)
}

function hostInUrl(url: string): string | null {
  try {
    return new URL(url).host
  } catch {
    return null
  }
}
