// What alerts and optimizer both read off a window. Row 1, because neither may import the other. `null` and what is no
// finite number are no evidence, nowhere.
import type { DiskMetrics } from './metrics.js'
import type { MetricsWindow, OperationView } from './window.js'

/** Modules load, compile and connect in the first seconds: none of it says how the app runs. */
export const STARTUP_MS = 10_000

const INNER_SHARE = 0.5 // called by others more often than not: what it takes and fails is already theirs
const READ_ONLY_TYPES: ReadonlySet<string> = new Set(['squashfs', 'iso9660', 'udf', 'erofs', 'cramfs', 'romfs'])

/** Index of the first sample after start-up: 0 unless the process started inside the window. */
export function settledFrom(window: MetricsWindow): number {
  const { timestamps } = window
  const first = timestamps[0]
  if (first === undefined) return 0
  const intervalMs = window.durationMs / timestamps.length
  // older processes have a sample that ends within one interval of `from`; two leave room for a late timer
  if (first - window.from <= 2 * intervalMs) return 0
  const settledAt = first - intervalMs + STARTUP_MS
  const index = timestamps.findIndex((end) => end - intervalMs >= settledAt)
  return index === -1 ? timestamps.length : index
}

/** The measured values of a column from sample `fromIndex` on. */
export function measured(column: readonly (number | null)[], fromIndex = 0): number[] {
  const values: number[] = []
  for (let i = fromIndex; i < column.length; i++) {
    const value = column[i]
    if (value !== null && Number.isFinite(value)) values.push(value as number)
  }
  return values
}

/** `null` when empty. */
export function mean(values: readonly number[]): number | null {
  const [first] = values
  if (first === undefined) return null
  // around the first value: a constant column then has exactly that mean, and "above the threshold" is not decided by rounding
  let sum = 0
  for (const value of values) sum += value - first
  return first + sum / values.length
}

/** Nearest rank; `null` when empty. */
export function quantileOf(values: readonly number[], q: number): number | null {
  if (values.length === 0) return null
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] as number
}

export function shareAbove(values: readonly number[], limit: number): number {
  let above = 0
  for (const value of values) if (value > limit) above++
  return values.length === 0 ? 0 : above / values.length
}

/** Failed of those that ended with an outcome: aborted ones are neither. */
export function errorRatePercent(operation: OperationView): number | null {
  const ended = operation.failedCount + operation.successfulCount
  return ended === 0 ? null : (operation.failedCount / ended) * 100
}

/** The longest of all outcomes: `durations` would merge them first, which for thousands of operations takes long. */
export function longestMs(operation: OperationView): number {
  let longest = 0
  for (const { durations } of operation.series) longest = Math.max(longest, durations.max ?? 0)
  return longest
}

/** Without those of `candidates` that other operations of the window called for more than half of their runs. */
export function* withoutInner(
  window: MetricsWindow,
  candidates: readonly OperationView[],
): Generator<void, OperationView[]> {
  const calls = new Map<string, Map<string, number>>()
  for (const { component, operation, calledCount } of candidates) {
    if (calledCount !== undefined) continue
    let ofComponent = calls.get(component)
    if (ofComponent === undefined) {
      ofComponent = new Map()
      calls.set(component, ofComponent)
    }
    ofComponent.set(operation, 0)
    yield
  }
  for (const parent of calls.size === 0 ? [] : window.operations) {
    for (const child of parent.children) {
      const ofComponent = calls.get(child.component)
      const sofar = ofComponent?.get(child.operation)
      // recursion is no caller of its own
      const itself = child.component === parent.component && child.operation === parent.operation
      if (sofar !== undefined && !itself) ofComponent?.set(child.operation, sofar + child.calls)
    }
    yield
  }
  const outermost: OperationView[] = []
  for (const candidate of candidates) {
    yield
    const called = candidate.calledCount ?? calls.get(candidate.component)?.get(candidate.operation) ?? 0
    if (called <= INNER_SHARE * candidate.count) outermost.push(candidate)
  }
  return outermost
}

/** Runs steps to their end at once. */
export function atOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/** Whether a rule is run in steps. */
export function isSteps<T>(returned: unknown): returned is Generator<void, T> {
  return typeof (returned as Generator | null)?.next === 'function'
}

/** Whether a fill level means something: image file systems are always full. */
export function isWritableDisk(disk: DiskMetrics): boolean {
  return !READ_ONLY_TYPES.has(disk.type) && disk.totalBytes > 0 && Number.isFinite(disk.usedPercent)
}
