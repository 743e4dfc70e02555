// What a recommendation promised against what the repaired twin shows.

const FLOOR_SHARE = 0.05 // of the present figure: from 500 ms down to 2 or to 3 is the same news

/**
 * The first recommendation of the first cause's finding that predicts a figure.
 * @returns {{ metric: string, current: number, predicted: number, component: string, operation: string } | null}
 */
export function promiseOf(report, finding) {
  if (finding === null) return null
  const bottleneck = report.bottlenecks.find(
    (each) => each.type === finding.type && each.operation === finding.operation && each.title === finding.title,
  )
  const promise = report.recommendations.find(
    ({ bottleneckId, estimatedImpact }) => bottleneckId === bottleneck?.id && estimatedImpact?.predicted != null,
  )
  if (promise === undefined) return null
  const { metric, current, predicted } = promise.estimatedImpact
  const { component, operation } = promise
  return { metric, current, predicted, component, operation }
}

/** @param {object} predicts of the note: where to look when the finding is about a child that the twin no longer has */
export function compare({ promise, predicts = {}, twin }) {
  const operation = predicts.operation ?? promise.operation
  const component = predicts.component ?? (predicts.operation === undefined ? promise.component : 'http')
  const measured = figureOf(twin, { metric: promise.metric, component, operation })
  return { ...promise, operation, measured, errorPercent: measured === null ? null : errorOf(promise, measured) }
}

function errorOf({ current, predicted }, measured) {
  const base = Math.max(Math.abs(measured), FLOOR_SHARE * Math.abs(current))
  return base === 0 ? 0 : (100 * Math.abs(predicted - measured)) / base
}

/** A figure of a run: of an operation, else of the process (mean of the settled samples). `null` where no run holds it. */
export function figureOf({ report, history }, { metric, component, operation }) {
  const ofOperation = report.snapshot.componentMetrics[component]?.operationBreakdown[operation]
  if (ofOperation !== undefined) {
    if (metric === 'throughputPerSecond') return ofOperation.operationsPerSecond
    if (typeof ofOperation[metric] === 'number') return ofOperation[metric]
  }
  const column = history.runtime[metric] ?? history.system[metric]
  const values = settled(column ?? [])
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Without start-up: the first quarter of a run. */
function settled(column) {
  return column.slice(Math.floor(column.length / 4)).filter((value) => typeof value === 'number')
}

export function median(values) {
  if (values.length === 0) return null
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
