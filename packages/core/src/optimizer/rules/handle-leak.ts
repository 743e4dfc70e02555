// True when timers, sockets, open files or other resources of the event loop grow at a steady pace for 30 s or more, by at least 30 and
// half of their level, without as many requests in flight; or when emitters have 20 listeners more than Node warns of. Impact: by pace, as
// nothing says when it ends. Predicted: the level at which it began.
import type { Captures, ResourceSite } from '../../types/captures.js'
import type { Evidence, Finding, OptimizerRule, RuleContext } from '../../types/findings.js'
import { measured, quantileOf, settledFrom } from '../../types/reading.js'
import { formatCount, formatMs } from '../../types/units.js'
import type { MetricsWindow } from '../../types/window.js'
import { labelOf, placeText } from '../blocked.js'
import { type Growth, levelGrowth, seemsToGrow } from '../growth.js'
import { severityOf, traffic } from '../impact.js'

const PREFIX = 'resource.'
const MIN_GROWTH = 30 // pools and keep-alive connections settle within a few dozen
const MIN_GROWTH_SHARE = 0.5 // of the level it began at
const IN_FLIGHT_SHARE = 0.7 // of the growth: as many more requests are in flight, and each holds what it needs
const SEEMS = 10
const ALIVE_SHARE = 0.5 // of what a place created: the others end when their work is done
const FAST_PER_HOUR = 3600 // one a second: a process has some thousands of files, and timers cost CPU from then on
const FAST_IMPACT = 0.4
const SLOW_IMPACT = 0.2
const CLIENTS_IMPACT = 0.05
const CLIENT_KINDS: ReadonlySet<string> = new Set(['TCPSocketWrap', 'TLSWrap', 'PipeWrap', 'openFiles'])
const LISTENER_IMPACT = 0.2
const MIN_LISTENERS = 20 // beyond the limit: a dozen modules that listen to one emitter are no leak
const CONFIDENCE = 0.7
const HOUR_MS = 3_600_000
const MAX_FINDINGS = 3 // a socket comes with its timer and its file: they are one cause

/** What a gauge counts: in words, as a census names it, and what lets it go. */
const KINDS: Readonly<Record<string, { name: string; types: readonly string[]; release: string }>> = {
  Timeout: {
    name: 'timers',
    types: ['Timeout'],
    release:
      'Keep what `setInterval` or `setTimeout` returns and call `clearInterval`/`clearTimeout` with it when the request or its work ends.',
  },
  Immediate: {
    name: 'immediates',
    types: ['Immediate'],
    release: 'An immediate that sets the next one for ever needs an end.',
  },
  TCPSocketWrap: {
    name: 'sockets',
    types: ['TCPWRAP', 'TLSWRAP', 'TCPCONNECTWRAP'],
    release:
      'Call `end()` or `destroy()` on every socket that is opened, also when its request fails, or use one `Agent` (or pool) with `keepAlive` and `maxSockets`.',
  },
  TLSWrap: {
    name: 'TLS sockets',
    types: ['TLSWRAP', 'TCPWRAP'],
    release:
      'Call `end()` or `destroy()` on every socket that is opened, or use one `Agent` with `keepAlive` and `maxSockets`.',
  },
  PipeWrap: {
    name: 'pipes',
    types: ['PIPEWRAP', 'PROCESSWRAP'],
    release: 'End the programs that are started, and their pipes.',
  },
  ProcessWrap: {
    name: 'child processes',
    types: ['PROCESSWRAP'],
    release: 'End every program that is started: `kill()`, or the `timeout` and `signal` options.',
  },
  UDPWrap: { name: 'UDP sockets', types: ['UDPWRAP'], release: 'Call `close()` on every socket, or keep one for all.' },
  FSEventWrap: { name: 'file watchers', types: ['FSEVENTWRAP'], release: 'Call `close()` on what `fs.watch` returns.' },
  StatWatcher: {
    name: 'file watchers',
    types: ['STATWATCHER'],
    release: 'Call `fs.unwatchFile` for what `fs.watchFile` began.',
  },
  MessagePort: {
    name: 'message ports',
    types: ['MESSAGEPORT', 'WORKER'],
    release: 'Call `close()` on ports and `terminate()` on workers, or keep a pool of them.',
  },
  openFiles: {
    name: 'open files',
    types: ['FILEHANDLE', 'FSREQCALLBACK', 'FSREQPROMISE', 'TCPWRAP', 'PIPEWRAP'],
    release:
      'Close every file in a `finally` (`await handle.close()`, `fs.close`), and destroy streams that are not read to their end (`stream.pipeline` does).',
  },
}

interface Leak {
  readonly name: string
  readonly growth: Growth
  readonly site: ResourceSite | null
  /** The lowest that was seen, start-up included. */
  readonly baseCount: number
}

export function handleLeak(): OptimizerRule {
  return { name: 'handle-leak', evaluate }
}

function* evaluate({ window, captures, want }: RuleContext): Generator<void, Finding[]> {
  const found: Leak[] = []
  for (const gauge of window.gaugeNames ?? []) {
    yield
    const name = gauge.slice(PREFIX.length)
    // the other types are requests to the system: they end by themselves, however long they queue
    if (!gauge.startsWith(PREFIX) || KINDS[name] === undefined) continue
    const column = window.gauge?.(gauge) ?? []
    if (!seemsToGrow(window, column, SEEMS)) continue
    const site = siteOf(captures, name)
    if (site === null) want({ type: 'census', reason: `handle-leak: ${name}` })
    const growth = levelGrowth(window, column)
    if (growth !== null && isLeak(window, growth)) {
      found.push({ name, growth, site, baseCount: Math.min(growth.fromLevel, ...measured(column)) })
    }
  }
  found.sort((a, b) => rankOf(b) - rankOf(a))
  const findings = found.slice(0, MAX_FINDINGS).map((leak) => findingOf(window, leak))
  return [
    ...findings.slice(0, 1).map((first) => ({ ...first, explains: explainsRest(first) })),
    ...findings.slice(1),
    ...listeners(captures),
  ]
}

/** What is known by its place comes first: files grow with the sockets that they are. */
function rankOf({ growth, site, name }: Leak): number {
  return growth.perMs * (site === null ? 1 : 2) * (name === 'openFiles' ? 0.5 : 1)
}

function isLeak(window: MetricsWindow, growth: Growth): boolean {
  const grown = growth.toLevel - growth.fromLevel
  if (grown < MIN_GROWTH || grown < MIN_GROWTH_SHARE * growth.fromLevel) return false
  const active = measured(window.runtime('activeRequests'), settledFrom(window))
  const quarter = Math.ceil(active.length / 4)
  const inFlight = (quantileOf(active.slice(-quarter), 0.5) ?? 0) - (quantileOf(active.slice(0, quarter), 0.5) ?? 0)
  return inFlight < IN_FLIGHT_SHARE * grown
}

function siteOf(captures: Captures, name: string): ResourceSite | null {
  const types = KINDS[name]?.types ?? [name]
  const sites = captures.censuses
    .flatMap(({ sites }) => sites)
    .filter(({ type, alive, created }) => types.includes(type) && alive >= ALIVE_SHARE * (created / 2) && alive > 0)
    .sort((a, b) => types.indexOf(a.type) - types.indexOf(b.type) || b.alive - a.alive)
  return sites.find(({ location }) => location !== null) ?? sites[0] ?? null
}

function findingOf(window: MetricsWindow, of: Leak): Finding {
  const { growth, site } = of
  const kind = KINDS[of.name] ?? {
    name: `resources of type ${of.name}`,
    release: 'End each of them when its work is done.',
  }
  const perHour = growth.perMs * HOUR_MS
  const impactScore = impactOf(of, perHour)
  const severity = severityOf(impactScore)
  const grown = Math.round(growth.toLevel - growth.fromLevel)
  const runs = runsOf(window, { growth, site })
  const perRun = runs === null || runs.count < 1 ? null : grown / runs.count
  const evidence: Evidence[] = [
    { metric: `${PREFIX}${of.name}`, value: growth.toLevel, unit: kind.name },
    { metric: 'levelBefore', value: growth.fromLevel, unit: kind.name },
    { metric: 'growthPerHour', value: perHour, unit: `${kind.name} per hour` },
  ]
  if (perRun !== null) evidence.push({ metric: 'growthPerRequest', value: perRun, unit: kind.name })
  if (site !== null)
    evidence.push({
      metric: 'stillAlive',
      value: site.alive,
      unit: `of ${site.created} created while they were counted`,
    })
  const where = site?.location == null ? '' : ` at ${placeText(site.location)}`
  return {
    bottleneck: {
      type: 'handle-leak',
      severity,
      title: `${formatCount(Math.round(growth.toLevel))} ${kind.name} are open and ${formatCount(Math.round(perHour))} more every hour${site === null ? '' : `, opened by ${labelOf(site)}${where}`}`,
      description: [
        `${kind.name[0]?.toUpperCase()}${kind.name.slice(1)} rose from ${formatCount(Math.round(growth.fromLevel))} to ${formatCount(Math.round(growth.toLevel))} within ${formatMs(growth.spanMs)} and did not come back, while the requests in flight did not grow as much.`,
        perRun === null || runs === null
          ? ''
          : `That is ${formatCount(Number(perRun.toPrecision(2)))} per run of ${runs.label}.`,
        site === null
          ? 'Who opens them is not known yet.'
          : `A census of a few seconds saw ${formatCount(site.created)} created${where} by ${labelOf(site)}, and of the earlier half ${formatCount(site.alive)} were still there at its end.`,
      ]
        .filter((sentence) => sentence !== '')
        .join(' '),
      component: site?.component ?? null,
      operation: site?.operation ?? null,
      impactScore,
      evidence,
      location: site?.location ?? null,
    },
    recommendations: [
      {
        type: 'memory-management',
        title: `Let go of the ${kind.name}${site === null ? '' : ` that ${labelOf(site)} opens${where}`}`,
        description: `${kind.release} Without the growth there would be about ${formatCount(Math.round(of.baseCount))} instead of ${formatCount(Math.round(growth.toLevel))}.`,
        priority: severity,
        implementationEffort: 'low',
        estimatedImpact: {
          score: Math.min(1, grown / Math.max(1, growth.toLevel)),
          metric: `${PREFIX}${of.name}`,
          current: growth.toLevel,
          predicted: of.baseCount,
          confidence: CONFIDENCE,
        },
      },
    ],
  }
}

/** Connections of clients are sockets and files as well: without a place in the app it may be nothing but more users. */
function impactOf({ name, site }: Leak, perHour: number): number {
  if (CLIENT_KINDS.has(name) && site?.location == null) return CLIENTS_IMPACT
  return perHour >= FAST_PER_HOUR ? FAST_IMPACT : SLOW_IMPACT
}

function runsOf(
  window: MetricsWindow,
  of: { growth: Growth; site: ResourceSite | null },
): { count: number; label: string } | null {
  const { site, growth } = of
  const share = Math.min(1, growth.spanMs / Math.max(1, window.durationMs))
  const view = window.operations.find(
    (each) => each.component === site?.component && each.operation === site?.operation,
  )
  if (site !== null && view !== undefined) return { count: view.count * share, label: labelOf(site) }
  const { count } = traffic(window)
  return count === 0 ? null : { count: count * share, label: 'all routes together' }
}

/** A socket is a file as well, and may have a timer: the same growth under another name. */
function explainsRest({ bottleneck: first }: Finding): (other: Finding) => boolean {
  return ({ bottleneck: other }) =>
    other.type === 'handle-leak' &&
    (other.location === null || (other.component === first.component && other.operation === first.operation))
}

function listeners(captures: Captures): Finding[] {
  const sites = captures.censuses.flatMap(({ sites }) => sites).filter(({ type }) => type === 'Listener')
  const [site] = sites.sort((a, b) => b.alive - a.alive)
  if (site === undefined || site.alive < MIN_LISTENERS) return []
  const severity = severityOf(LISTENER_IMPACT)
  const where = site.location === null ? 'a place that is not known' : placeText(site.location)
  const count = formatCount(site.alive)
  return [
    {
      bottleneck: {
        type: 'handle-leak',
        severity,
        title: `${count} event listeners too many: ${where} adds them and none is removed`,
        description: `An emitter (or several) has ${count} listeners of one event more than its limit. They are added by ${labelOf(site)} at ${where}: each stays for as long as the emitter does, runs at every event, and keeps alive what it refers to.`,
        component: site.component,
        operation: site.operation,
        impactScore: LISTENER_IMPACT,
        evidence: [{ metric: 'listenersBeyondLimit', value: site.alive, unit: 'listeners' }],
        location: site.location,
      },
      recommendations: [
        {
          type: 'memory-management',
          title: `Remove the listener when its request ends, or add it once (${where})`,
          description:
            'Call `emitter.off(event, listener)` in a `finally` or when the response closes, use `once()` or the `signal` option where one event is enough, or add one listener at start-up that serves all requests.',
          priority: severity,
          implementationEffort: 'low',
          estimatedImpact: {
            score: LISTENER_IMPACT,
            metric: 'listenersBeyondLimit',
            current: site.alive,
            predicted: 0,
            confidence: CONFIDENCE,
          },
        },
      ],
      explains: ({ bottleneck: { type, location } }) =>
        type === 'memory-leak' && location !== null && location.file === site.location?.file,
    },
  ]
}
