// True when one query takes 60 % of a route's time (waits for a connection aside) and at least 50 ms at p95, in most of its runs,
// and neither its number nor the busy loop is the reason. Model: it becomes as quick as this app's other queries (their median;
// where there are not three, 2 ms); p95 is scaled by what that saves.
import type { Finding, OptimizerRule, RuleContext } from '../../types/findings.js'
import { quantileOf } from '../../types/reading.js'
import { formatMs, operationLabel } from '../../types/units.js'
import type { MetricsWindow } from '../../types/window.js'
import {
  type DominantCall,
  type Dominated,
  dominanceFinding,
  dominantCalls,
  explainsRoutes,
  savedShareOf,
} from '../dominant.js'
import { type Call, isDatabaseConnect, isPoolWait } from '../flow.js'
import { gainOf } from '../gain.js'
import { from, nameOf, wouldFall } from '../wording.js'
import { written } from '../written.js'

const MIN_P95_MS = 50 // a query by an index answers within a few ms; this is what scans and locks take
const MIN_P50_MS = 20
const SLOW_MS = 100 // from here on those who wait for a connection meanwhile wait because of it
const MIN_OTHER_QUERIES = 3 // to say what a query usually takes in this app
const USUAL_MS = 2 // of a query by an index on a database near by, where the app has no others to compare with
const MAX_FINDINGS = 10
const CONFIDENCE = 0.5 // that an index makes it an ordinary query is a hope with a reason
const CONFIDENCE_ALONE = 0.4

export function databaseSlowness(): OptimizerRule {
  return { name: 'database-slowness', evaluate }
}

function* evaluate({ window, captures, thresholds }: RuleContext): Generator<void, Finding[]> {
  const found = yield* dominantCalls({
    window,
    captures,
    accepts: (call) => call.component === 'db' && !isDatabaseConnect(call),
    minP95Ms: MIN_P95_MS,
    minP50Ms: MIN_P50_MS,
    cpuThresholdPercent: thresholds.cpuUsagePercent,
  })
  return yield* written(found, (of) => findingOf(window, of), MAX_FINDINGS)
}

function findingOf(window: MetricsWindow, of: DominantCall): Finding {
  const { call, routes } = of
  const [first] = routes as [Dominated, ...Dominated[]]
  const others = otherQueries(window, call)
  const usualMs = others.length >= MIN_OTHER_QUERIES ? (quantileOf(others, 0.5) as number) : USUAL_MS
  const isCompared = others.length >= MIN_OTHER_QUERIES && usualMs < call.meanMs
  const remainingMs = Math.min(usualMs, call.meanMs)
  const bottleneck = dominanceFinding(window, of, {
    type: 'database-slowness',
    subject: 'The query',
    note: isCompared
      ? `The other ${others.length} queries of this app take ${formatMs(usualMs)} at the median, so the database itself is not slow.`
      : '',
    savedShare: (each) => savedShareOf(each, remainingMs),
  })
  const savedShare = savedShareOf(first, remainingMs)
  const predictedMs = first.felt.p95Ms * (1 - savedShare)
  return {
    bottleneck,
    recommendations: [
      {
        type: 'database-optimization',
        title: `Make ${nameOf(call)} quicker: it takes ${formatMs(call.meanMs)} a call`,
        description:
          `\`EXPLAIN (ANALYZE, BUFFERS)\` of the query${from(first.location)} shows whether it reads rows that it throws away${indexHint(call)}, sorts more than it returns, or waits for a lock. ` +
          `As quick as an ordinary query of this app (${formatMs(remainingMs)}), ${wouldFall(first.felt, predictedMs)}.`,
        priority: bottleneck.severity,
        implementationEffort: 'medium',
        estimatedImpact: gainOf(window, {
          felt: first.felt,
          savedShare,
          impactScore: bottleneck.impactScore,
          confidence: isCompared ? CONFIDENCE : CONFIDENCE_ALONE,
        }),
      },
    ],
    explains: (other) => explainsRoutes(of, other) || isWaitBehind(of, other),
  }
}

/** Connections are short because this query keeps them. */
function isWaitBehind({ call, routes }: DominantCall, { bottleneck }: Finding): boolean {
  if (bottleneck.type !== 'pool-exhaustion' || call.meanMs < SLOW_MS) return false
  const waitedMs = bottleneck.evidence.find(({ metric }) => metric === 'meanWaitMs')?.value ?? Number.POSITIVE_INFINITY
  const isOurs = routes.some(
    ({ felt }) =>
      felt.operation.operation === bottleneck.operation ||
      felt.operation.children.some((child) => isPoolWait(child) && child.operation === bottleneck.operation),
  )
  return isOurs && waitedMs <= call.meanMs
}

function otherQueries(window: MetricsWindow, call: Call): number[] {
  return window.operations
    .filter((each) => each.component === 'db' && each.operation !== call.operation && each.count > 0)
    .filter(
      (each) => !isDatabaseConnect(each) && !/^(?:begin|commit|rollback|set|create|insert)\b/i.test(each.operation),
    )
    .map((each) => each.durations.quantile(0.5) ?? 0)
}

/** `(a missing index on orders.customer_id)`. */
function indexHint({ operation }: Call): string {
  const columns = [...operation.matchAll(/\b([\w".`]+)\s*(?:=|<=|>=|<|>|like|ilike|in|between)\s*(?:any\s*)?\(?\?/gi)]
    .map((match) => match[1])
    .filter((column) => column !== undefined && !/^(?:limit|offset)$/i.test(column))
  const unique = [...new Set(columns)].slice(0, 3)
  return unique.length === 0
    ? ''
    : ` (it filters by ${operationLabel({ component: 'http', operation: unique.join(', ') })}: is there an index?)`
}
