// Reads are synchronous on purpose: they run in the monitor's own thread, and asynchronous ones would take threads of the pool
// that the app shares, and stand still exactly when that pool is saturated.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

// ENODEV and EOPNOTSUPP: the kernel has the file but not the feature (pressure switched off, controller not enabled)
const NOT_THERE = new Set(['ENOENT', 'ENOTDIR', 'ENODEV', 'EOPNOTSUPP', 'ENOTSUP'])

/** Text of a kernel file, `null` when the kernel does not offer it. Throws when it is there and cannot be read. */
export function readKernelFile(root: string, path: string): string | null {
  try {
    return readFileSync(root === '/' ? path : join(root, path), 'utf8')
  } catch (error) {
    if (isNotThere(error)) return null
    throw error
  }
}

export function isNotThere(error: unknown): boolean {
  return error instanceof Error && NOT_THERE.has(String((error as NodeJS.ErrnoException).code))
}

/** A count as the kernel prints it. Throws on anything else, so that a garbled line never becomes a figure. */
export function parseCount(text: string | undefined, where: string): number {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(value) || value < 0) throw new Error(`${where}: expected a count, got ${describe(text)}`)
  return value
}

export function describe(text: string | undefined): string {
  return text === undefined ? 'nothing' : JSON.stringify(text.slice(0, 40))
}
