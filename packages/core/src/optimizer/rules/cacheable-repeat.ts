// True when most requests of a safe route (GET, HEAD) ask for a URL that was asked for before, get the same answer again, and the answer
// takes 50 ms or more to make. Model: a repeated answer comes from a cache in 2 ms; where nearly all repeat, p95 is that of a hit,
// otherwise the mean falls by what the repeated ones took.

import type { RepeatRecord } from '../../types/captures.js'
import type { Finding, OptimizerRule, RuleContext, SourceLocation } from '../../types/findings.js'
import { formatCount, formatMs, formatPercent, operationLabel } from '../../types/units.js'
import type { MetricsWindow } from '../../types/window.js'
import { type Felt, feltRoutes, isAbout, waitsForLoop, weightOf } from '../gain.js'
import { definitionOf, from, nameOf, readsOnly } from '../wording.js'

const MIN_REQUESTS = 40
const MIN_REPEAT_SHARE = 0.6 // of all requests of the route, quick ones included: fewer hits are not worth a cache
const MIN_PER_KEY = 4 // requests for the same URL: two of a kind are a reload
const MAX_CHANGED_SHARE = 0.05 // of those asked for again: what changes is not to be kept
const MIN_ANSWER_MS = 50 // a cheaper answer is as well made anew
const PROVEN_KEYS = 2
const PROVEN_PER_KEY = 20
const REQUESTS_PER_URL = 'requestsPerUrl'
const HIT_MS = 2
const NEARLY_ALL = 0.96 // then even p95 is a hit
const MAX_FINDINGS = 5
const CONFIDENCE = 0.5

export function cacheableRepeat(): OptimizerRule {
  return { name: 'cacheable-repeat', evaluate }
}

function* evaluate({ window, captures }: RuleContext): Generator<void, Finding[]> {
  const findings: Finding[] = []
  for (const felt of feltRoutes(window)) {
    yield
    const { component, operation } = felt.operation
    if (component !== 'http' || readsOnly(felt.operation) !== true || felt.meanMs < MIN_ANSWER_MS * MIN_REPEAT_SHARE)
      continue
    const repeats = captures.repeats({ component, operation })
    if (repeats === null || !isCacheable(felt, repeats) || waitsForLoop(window, felt)) continue
    findings.push(findingOf(window, { felt, repeats, location: definitionOf(captures, felt.operation) }))
  }
  return findings.sort((a, b) => b.bottleneck.impactScore - a.bottleneck.impactScore).slice(0, MAX_FINDINGS)
}

/** Several URLs, each with its own answer, time and again: the answer depends on nothing else, slow service behind it or not. */
function isProven({ distinctKeys, requests }: Pick<RepeatRecord, 'distinctKeys' | 'requests'>): boolean {
  return distinctKeys >= PROVEN_KEYS && requests >= PROVEN_PER_KEY * distinctKeys
}

/** Of a finding of this rule, for one that would explain it. */
export function isProvenRepeat({ bottleneck: { type, evidence } }: Finding): boolean {
  const figure = (wanted: string) => evidence.find(({ metric }) => metric === wanted)?.value ?? 0
  const distinctKeys = figure('distinctUrls')
  return type === 'cacheable-repeat' && isProven({ distinctKeys, requests: distinctKeys * figure(REQUESTS_PER_URL) })
}

function isCacheable({ operation }: Felt, repeats: RepeatRecord): boolean {
  const { requests, distinctKeys, sameAnswerCount, otherAnswerCount, sameAnswerMs } = repeats
  if (requests < MIN_REQUESTS || sameAnswerCount < MIN_REPEAT_SHARE * operation.count) return false
  if (requests < MIN_PER_KEY * distinctKeys) return false
  if (otherAnswerCount > MAX_CHANGED_SHARE * (sameAnswerCount + otherAnswerCount)) return false
  return sameAnswerMs / sameAnswerCount >= MIN_ANSWER_MS
}

function findingOf(
  window: MetricsWindow,
  of: { felt: Felt; repeats: RepeatRecord; location: SourceLocation | null },
): Finding {
  const { felt, repeats, location } = of
  const { operation } = felt
  const hitShare = Math.min(1, repeats.sameAnswerCount / operation.count)
  const answerMs = repeats.sameAnswerMs / repeats.sameAnswerCount
  const savedMs = Math.max(0, repeats.sameAnswerMs - repeats.sameAnswerCount * HIT_MS)
  const savedShare = Math.min(1, savedMs / operation.totalMs)
  const { impactScore, severity } = weightOf(window, [{ felt, savedShare }])
  const isWhole = hitShare >= NEARLY_ALL
  const metric = isWhole ? 'p95Ms' : 'averageDurationMs'
  const current = isWhole ? (operation.durations.quantile(0.95) ?? felt.meanMs) : felt.meanMs
  const predicted = isWhole ? Math.min(HIT_MS, current) : felt.meanMs * (1 - savedShare)
  const what = isWhole ? 'p95' : 'the mean'
  return {
    bottleneck: {
      type: 'cacheable-repeat',
      severity,
      title: `${operationLabel(operation)} makes the same answers again and again`,
      description:
        `${formatPercent(hitShare * 100)} of the requests of ${nameOf(operation)} asked for what had been asked for before, and got the same answer (${formatCount(repeats.distinctKeys)} different URLs, ${formatCount(repeats.otherAnswerCount)} answers that had changed). ` +
        `Each took ${formatMs(answerMs)} to make anew${from(location)}: ${formatMs(repeats.sameAnswerMs)} in all.`,
      component: operation.component,
      operation: operation.operation,
      impactScore,
      evidence: [
        { metric: 'repeatShare', value: hitShare * 100, unit: '%', threshold: MIN_REPEAT_SHARE * 100 },
        { metric: 'distinctUrls', value: repeats.distinctKeys, unit: 'URLs' },
        { metric: REQUESTS_PER_URL, value: repeats.requests / repeats.distinctKeys, unit: 'requests' },
        { metric: 'changedAnswers', value: repeats.otherAnswerCount, unit: 'answers' },
        { metric: 'mean of a repeated answer', value: answerMs, unit: 'ms' },
        { metric: 'p95Ms', value: felt.p95Ms, unit: 'ms' },
      ],
      location,
    },
    recommendations: [
      {
        type: 'caching-strategy',
        title: `Keep answers of ${operationLabel(operation)} for a while`,
        description: `Keep what it makes in a bounded cache by URL${from(location)} until its data changes (or some seconds), and send \`Cache-Control\` and \`ETag\` so that clients need not ask: ${formatPercent(hitShare * 100)} of the requests would be answered from it, and ${what} would fall from ${formatMs(current)} to about ${formatMs(predicted)}.`,
        priority: severity,
        implementationEffort: 'low',
        estimatedImpact: {
          score: impactScore * savedShare,
          metric,
          current,
          predicted,
          confidence: CONFIDENCE,
        },
      },
    ],
    explains: (other) =>
      isAbout([operation], other, isProven(repeats) ? ['slow-operations', 'slow-dependency'] : ['slow-operations']),
  }
}
