// True when a trivial job waits 20 ms or more for a thread of libuv's pool in a quarter of the samples, while the event loop is not as
// late: jobs queue. Impact: runs of the operations that use the pool, and their waits. Predicted: the
// delay of a pool with a free thread.
import type { ResourceSite } from '../../types/captures.js'
import type { Evidence, Finding, OptimizerRule, RuleContext } from '../../types/findings.js'
import { mean, measured, quantileOf, settledFrom, shareAbove } from '../../types/reading.js'
import { formatCount, formatMs, formatPercent } from '../../types/units.js'
import type { MetricsWindow, OperationView } from '../../types/window.js'
import { labelOf, placeText } from '../blocked.js'
import { findOperation } from '../calls.js'
import { isCrowdedHost } from '../cpu.js'
import { impactOf, severityOf, traffic } from '../impact.js'
import { MIN_LOOP_SAMPLES } from '../loop.js'

const LATE_MS = 20 // an idle pool answers within 0.2 ms, one that is busy at times within a job of some ms
const IDLE_MS = 0.2 // two thread switches
const MIN_LATE_SHARE = 0.25 // of the samples: a burst now and then is what a pool is for
const MIN_LATE_SHARE_CROWDED = 0.75 // where others use the CPU, its threads wait for a core now and then as well
const LOOP_SHARE = 0.5 // of the delay: when the loop is as late, the machine is short of CPU, not of threads
const DEFAULT_SIZE = 4
const MAX_ADVISED_SIZE = 64
const CONFIDENCE = 0.5
const SHOWN = 3

/** What `async_hooks` calls the jobs of the pool, and the API behind. `computes`: it takes a core as long as it takes a thread. */
const JOBS: Readonly<Record<string, { api: string; computes: boolean }>> = {
  PBKDF2REQUEST: { api: '`crypto.pbkdf2`', computes: true },
  SCRYPTREQUEST: { api: '`crypto.scrypt`', computes: true },
  HASHREQUEST: { api: 'hashing in `crypto.subtle`', computes: true },
  SIGNREQUEST: { api: '`crypto.sign` or `crypto.verify`', computes: true },
  KEYPAIRGENREQUEST: { api: '`crypto.generateKeyPair`', computes: true },
  KEYGENREQUEST: { api: '`crypto.generateKey`', computes: true },
  RANDOMBYTESREQUEST: { api: '`crypto.randomBytes`', computes: true },
  RANDOMPRIMEREQUEST: { api: '`crypto.generatePrime`', computes: true },
  ZLIB: { api: '`zlib`', computes: true },
  FSREQCALLBACK: { api: 'the file system (`fs`)', computes: false },
  FSREQPROMISE: { api: 'the file system (`fs.promises`)', computes: false },
  FILEHANDLE: { api: 'files (`fs.promises.open`)', computes: false },
  GETADDRINFOREQWRAP: { api: '`dns.lookup` (every connection by name)', computes: false },
  GETNAMEINFOREQWRAP: { api: '`dns.lookupService`', computes: false },
}

export function threadpoolSaturation(): OptimizerRule {
  return { name: 'threadpool-saturation', evaluate }
}

function evaluate({ window, captures, want }: RuleContext): Finding[] {
  const from = settledFrom(window)
  const delays = measured(window.runtime('threadPoolDelayMs'), from)
  const late = delays.filter((ms) => ms >= LATE_MS)
  const lateMs = quantileOf(late, 0.5)
  const minShare = isCrowdedHost(window) ? MIN_LATE_SHARE_CROWDED : MIN_LATE_SHARE
  if (lateMs === null || delays.length < MIN_LOOP_SAMPLES || shareAbove(delays, LATE_MS) < minShare) return []
  const loopMs = quantileOf(measured(window.runtime('eventLoopDelay.p99Ms'), from), 0.5) ?? 0
  if (loopMs >= LOOP_SHARE * lateMs) return []
  const users = poolUsers(captures.censuses.flatMap(({ sites }) => sites))
  if (users.length === 0) want({ type: 'census', reason: 'threadpool-saturation: who uses the pool' })
  return [findingOf(window, { lateMs, lateShare: late.length / delays.length, loopMs, users })]
}

interface PoolUser {
  site: ResourceSite
  created: number
  job: { api: string; computes: boolean }
}

/** By place and operation, the most jobs first; those that compute before those that wait, as they hold a thread for longer. */
function poolUsers(sites: readonly ResourceSite[]): PoolUser[] {
  return sites
    .flatMap((site) => {
      const job = JOBS[site.type]
      return job === undefined || site.created === 0 ? [] : [{ site, created: site.created, job }]
    })
    .sort((a, b) => Number(b.job.computes) - Number(a.job.computes) || b.created - a.created)
}

function findingOf(
  window: MetricsWindow,
  of: { lateMs: number; lateShare: number; loopMs: number; users: readonly PoolUser[] },
): Finding {
  const { lateMs, lateShare, users } = of
  const [first] = users
  const impactScore = impactOfQueue(window, { lateMs, lateShare, users })
  const severity = severityOf(impactScore)
  const size = sizeOf(window)
  const evidence: Evidence[] = [
    { metric: 'threadPoolDelayMs', value: lateMs, unit: 'ms', threshold: LATE_MS },
    { metric: 'shareOfTime', value: lateShare * 100, unit: '%' },
    { metric: 'eventLoopDelay.p99Ms', value: of.loopMs, unit: 'ms' },
    { metric: 'threadPool.size', value: size.threads, unit: size.isKnown ? 'threads' : 'threads (the default)' },
  ]
  const named = users
    .slice(0, SHOWN)
    .map(
      ({ site, job, created }) =>
        `${job.api} of ${labelOf(site)}${site.location === null ? '' : ` at ${placeText(site.location)}`} (${formatCount(created)} jobs)`,
    )
  return {
    bottleneck: {
      type: 'threadpool-saturation',
      severity,
      title: `Jobs wait ${formatMs(lateMs)} for one of libuv’s ${formatCount(size.threads)} threads${first === undefined ? '' : `, most of them ${first.job.api} of ${labelOf(first.site)}`}`,
      description: [
        `A trivial job waited ${formatMs(lateMs)} for a thread of libuv’s pool in ${formatPercent(lateShare * 100)} of the samples, while the event loop was ${formatMs(of.loopMs)} late at most: all ${formatCount(size.threads)} threads${size.isKnown ? '' : ' (the default)'} are taken.`,
        named.length === 0
          ? 'Who uses them is not known yet: files, `dns.lookup`, `zlib`, `crypto.pbkdf2`, `scrypt` and key generation do.'
          : `Seen in the pool: ${named.join('; ')}.`,
        'Files, DNS look-ups, compression and hashing of all other requests wait in the same queue.',
      ].join(' '),
      component: first?.site.component ?? null,
      operation: first?.site.operation ?? null,
      impactScore,
      evidence,
      location: first?.site.location ?? null,
    },
    recommendations: [recommend(window, { first, size: size.threads, lateMs, severity })],
    explains: ({ bottleneck: other }) =>
      ['slow-operations', 'tail-latency', 'concurrency-issues', 'network-latency'].includes(other.type) &&
      (users.length === 0 ||
        users.some(({ site }) => site.component === other.component && site.operation === other.operation)),
  }
}

function recommend(
  window: MetricsWindow,
  of: {
    first: PoolUser | undefined
    size: number
    lateMs: number
    severity: Finding['bottleneck']['severity']
  },
): Finding['recommendations'][number] {
  const { first, size, lateMs, severity } = of
  const cores = window.latest.system?.container?.cpuLimitCores ?? window.latest.system?.cpuCoresPercent?.length ?? size
  const cpu = mean(measured(window.runtime('cpuPercent'), settledFrom(window))) ?? 0
  const isCpuBound = first?.job.computes === true && cpu >= 70 * Math.min(size, cores)
  const advised = Math.min(MAX_ADVISED_SIZE, Math.max(size * 2, Math.ceil(cores)))
  const current = mean(measured(window.runtime('threadPoolDelayMs'), settledFrom(window))) ?? lateMs
  return {
    type: isCpuBound ? 'concurrency-improvement' : 'configuration-tuning',
    title: isCpuBound
      ? `Do less of ${first?.job.api} at once in ${labelOf(first?.site ?? { component: null, operation: null })}`
      : `Start with UV_THREADPOOL_SIZE=${advised}`,
    description: isCpuBound
      ? `The threads compute and the cores are used (${formatPercent(cpu)} of one core): more threads would only share them. Do less work per job (fewer rounds, a smaller input, a lower level), keep results, or limit how many run at once so that files and DNS of other requests still find a thread.`
      : `The pool has ${formatCount(size)} threads${first === undefined ? '' : ` and ${first.job.api} keeps them`}. With ${formatCount(advised)} (set in the environment before Node starts) as many jobs run at once; keep what they bring (cached DNS or keep-alive connections, files read once) where that is possible.`,
    priority: severity,
    implementationEffort: isCpuBound ? 'medium' : 'low',
    estimatedImpact: {
      score: Math.min(1, current / (current + LATE_MS)),
      metric: 'threadPoolDelayMs',
      current,
      predicted: IDLE_MS,
      confidence: CONFIDENCE,
    },
  }
}

function viewOf(window: MetricsWindow, { component, operation }: ResourceSite): OperationView | null {
  return component === null || operation === null ? null : findOperation(window, { component, operation })
}

function sizeOf(window: MetricsWindow): { threads: number; isKnown: boolean } {
  const known = measured(window.gauge?.('threadPool.size') ?? []).at(-1)
  return { threads: known ?? DEFAULT_SIZE, isKnown: known !== undefined }
}

function impactOfQueue(
  window: MetricsWindow,
  of: { lateMs: number; lateShare: number; users: readonly PoolUser[] },
): number {
  const all = traffic(window)
  const views = new Set(of.users.flatMap(({ site }) => viewOf(window, site) ?? []))
  const own = [...views].filter((view) => all.operations.includes(view)).reduce((sum, view) => sum + view.count, 0)
  // without a census: nobody knows who waits, so half of the requests do
  const count = (own === 0 ? all.count / 2 : own) * of.lateShare
  return impactOf(all, { count, waitedMs: count * of.lateMs })
}
