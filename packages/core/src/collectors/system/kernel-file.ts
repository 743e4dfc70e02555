// Reads are synchronous on purpose: they run in the monitor's own thread, and asynchronous ones would take threads of the pool
// that the app shares, and stand still exactly when that pool is saturated.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'

// ENODEV and EOPNOTSUPP: the kernel has the file but not the feature (pressure switched off, controller not enabled)
const NOT_THERE = new Set(['ENOENT', 'ENOTDIR', 'ENODEV', 'EOPNOTSUPP', 'ENOTSUP'])
// read every second, opening a file costs four times what reading it does; a sample reads about fifteen, some once in a while
const KEPT_OPEN = /^\/(?:proc|sys)\/(?!self\/mountinfo$)/
const MAX_OPEN = 32
const SHORT_BYTES = 2048 // the kernel breaks off where a line does not fit its page any more: a piece below half of one is the last
const BUFFER_BYTES = 64 * 1024 // of what is longer (`/proc/stat` of hundreds of cores) it is read piece by piece

const open = new Map<string, number>()
let buffer: Buffer | null = null

/** Text of a kernel file, `null` when the kernel does not offer it. Throws when it is there and cannot be read. */
export function readKernelFile(root: string, path: string): string | null {
  try {
    if (root !== '/') return readFileSync(join(root, path), 'utf8')
    return KEPT_OPEN.test(path) ? readKept(path) : readFileSync(path, 'utf8')
  } catch (error) {
    if (isNotThere(error)) return null
    throw error
  }
}

/** The next read opens what it needs. */
export function closeKernelFiles(): void {
  for (const path of [...open.keys()]) forget(path)
}

/** From the beginning, whoever read before: the kernel makes the text anew. */
function readKept(path: string): string {
  let fd = open.get(path)
  if (fd === undefined) {
    if (open.size >= MAX_OPEN) return readFileSync(path, 'utf8')
    fd = openSync(path, 'r')
    open.set(path, fd)
  }
  buffer ??= Buffer.allocUnsafeSlow(BUFFER_BYTES)
  try {
    let text = ''
    for (let position = 0; ; ) {
      const length = readSync(fd, buffer, 0, BUFFER_BYTES, position)
      text += buffer.toString('utf8', 0, length)
      if (length < SHORT_BYTES) return text
      position += length
    }
  } catch (error) {
    forget(path) // a cgroup that was removed, or made anew under its old name
    throw error
  }
}

function forget(path: string): void {
  const fd = open.get(path)
  open.delete(path)
  if (fd !== undefined) closeSync(fd)
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
