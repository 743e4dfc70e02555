// Stack frames as V8 gives them, and which of them is the one that its owner can change.
import { fileURLToPath } from 'node:url'
import type { FrameOwner } from '../types/metrics.js'

const OWN_ROOT = new URL('../', import.meta.url).href // of this package's code, which is never to blame for what it looks at
const OWN_PACKAGES = ownPackages(OWN_ROOT)

/** Line and column count from 1. */
export interface Frame {
  function: string | null
  /** `file:` URL, path (CommonJS), `node:…`, or empty for evaluated code. */
  url: string
  line: number
  column: number
}

export function ownerOf(url: string): FrameOwner {
  const isFile = url.startsWith('file://') || url.startsWith('/') || /^[A-Za-z]:[\\/]/.test(url)
  if (!isFile || isOwn(url)) return 'other'
  return /[\\/]node_modules[\\/]/.test(url) ? 'dependency' : 'app'
}

/** The innermost frame of the app, otherwise of a dependency. */
export function blamedFrame<T extends { url: string }>(frames: readonly T[]): T | null {
  return (
    frames.find(({ url }) => ownerOf(url) === 'app') ?? frames.find(({ url }) => ownerOf(url) === 'dependency') ?? null
  )
}

/** Path of a frame's file; what is no file is returned as it is. */
export function pathOf(url: string): string {
  if (!url.startsWith('file://')) return url
  try {
    return fileURLToPath(url)
  } catch {
    return url
  }
}

function isOwn(url: string): boolean {
  if (url.startsWith(OWN_ROOT) || url.startsWith(pathOf(OWN_ROOT))) return true
  if (/[\\/]node_modules[\\/]@perf-monitor[\\/]/.test(url)) return true // an adapter
  if (OWN_PACKAGES === null) return false
  const path = pathOf(url)
  return path.startsWith(OWN_PACKAGES) && /^[^\\/]+[\\/](?:dist|src)[\\/]/.test(path.slice(OWN_PACKAGES.length))
}

/** The folder of the adapters where this package is used from its repository. */
export function ownPackages(root: string): string | null {
  return /[\\/]core[\\/](?:dist|src)[\\/]$/.test(root) ? pathOf(new URL('../../', root).href) : null
}
