import type { CgroupChain } from './cgroup-paths.js'
import { parseCount, readKernelFile } from './kernel-file.js'

// v1 prints "unlimited" as the largest page-aligned 64-bit number; no machine has a petabyte of memory
const UNLIMITED_BYTES = 2 ** 50

export interface MemoryLimit {
  limitBytes: number
  directory: string
}

export interface CgroupMemory {
  /** Usage without inactive page cache, which the kernel drops before it kills. */
  workingSetBytes: number | null
  swapUsedBytes: number | null
}

/** The smallest limit from the process's cgroup upwards; `null` when none holds. One above the machine's memory is none. */
export function tightestMemoryLimit(root: string, chain: CgroupChain, hostBytes: number | null): MemoryLimit | null {
  let tightest: MemoryLimit | null = null
  const file = chain.version === 2 ? 'memory.max' : 'memory.limit_in_bytes'
  for (const directory of chain.directories) {
    const limitBytes = readBytes(root, `${directory}/${file}`)
    if (limitBytes === null || limitBytes === 0 || limitBytes >= (hostBytes ?? UNLIMITED_BYTES)) continue
    if (tightest === null || limitBytes < tightest.limitBytes) tightest = { limitBytes, directory }
  }
  return tightest
}

export function readCgroupMemory(root: string, directory: string, version: 1 | 2): CgroupMemory {
  return version === 2 ? memoryV2(root, directory) : memoryV1(root, directory)
}

function memoryV2(root: string, directory: string): CgroupMemory {
  return {
    workingSetBytes: workingSet(
      readBytes(root, `${directory}/memory.current`),
      statBytes(root, directory, 'inactive_file'),
    ),
    swapUsedBytes: readBytes(root, `${directory}/memory.swap.current`),
  }
}

function memoryV1(root: string, directory: string): CgroupMemory {
  const usage = readBytes(root, `${directory}/memory.usage_in_bytes`)
  const withSwap = readBytes(root, `${directory}/memory.memsw.usage_in_bytes`)
  return {
    // total_: with the cgroups below it, as the usage is
    workingSetBytes: workingSet(usage, statBytes(root, directory, 'total_inactive_file')),
    swapUsedBytes: usage === null || withSwap === null ? null : Math.max(0, withSwap - usage),
  }
}

function workingSet(usage: number | null, inactiveFile: number | null): number | null {
  return usage === null || inactiveFile === null ? null : Math.max(0, usage - inactiveFile)
}

function readBytes(root: string, path: string): number | null {
  const text = readKernelFile(root, path)?.trim()
  return text === undefined || text === 'max' ? null : parseCount(text, path)
}

function statBytes(root: string, directory: string, key: string): number | null {
  const path = `${directory}/memory.stat`
  const text = readKernelFile(root, path)
  if (text === null) return null
  const match = new RegExp(`^${key} (.*)$`, 'm').exec(text)
  if (match === null) throw new Error(`${path}: no ${key}`)
  return parseCount(match[1], path)
}
