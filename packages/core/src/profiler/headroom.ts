// Whether the app can bear a profile now: it costs a few percent of its CPU, and memory until it is fetched.
import { getHeapStatistics } from 'node:v8'
import { ProfileRefusal } from '../errors.js'
import { formatBytes, formatPercent } from '../types/units.js'

const MAX_UTILIZATION_PERCENT = 95 // beyond it every percent is taken from requests that wait already
const MAX_HEAP_PERCENT = 90
const MIN_AVAILABLE_BYTES = 128 * 1024 * 1024 // a profile of a minute takes some 20 MB while it is made

export interface Headroom {
  /** `null` where it is not measured. */
  eventLoopUtilizationPercent: number | null
  heapPercent: number
  /** Of the machine or the container; `null` where Node cannot say. */
  availableBytes: number | null
}

export function measureMemory(): Omit<Headroom, 'eventLoopUtilizationPercent'> {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics()
  // Node 20.13 has it
  const { availableMemory } = process as unknown as { availableMemory?: () => number }
  return { heapPercent: (used / limit) * 100, availableBytes: availableMemory?.call(process) ?? null }
}

/** @throws ProfileRefusal */
export function checkHeadroom({
  eventLoopUtilizationPercent: utilization,
  heapPercent,
  availableBytes,
}: Headroom): void {
  if (utilization !== null && utilization > MAX_UTILIZATION_PERCENT) {
    throw new ProfileRefusal(
      'busy',
      `the event loop is at its limit (utilization ${formatPercent(utilization)}, at most ${MAX_UTILIZATION_PERCENT} %): take the profile at less load`,
    )
  }
  if (heapPercent > MAX_HEAP_PERCENT) {
    throw new ProfileRefusal(
      'memory',
      `the heap is ${formatPercent(heapPercent)} full (at most ${MAX_HEAP_PERCENT} %): a profile could end the process`,
    )
  }
  if (availableBytes !== null && availableBytes < MIN_AVAILABLE_BYTES) {
    throw new ProfileRefusal(
      'memory',
      `only ${formatBytes(availableBytes)} of memory are available (at least ${formatBytes(MIN_AVAILABLE_BYTES)}): a profile could end the process`,
    )
  }
}
