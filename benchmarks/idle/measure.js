// What an app costs that does nothing: bare and monitored ones side by side, for as long as the window lasts.
import { setTimeout as delay } from 'node:timers/promises'
import { startChild } from '../lib/child.js'
import { comparePairs } from '../lib/statistics.js'

const APP = new URL('app.js', import.meta.url)
const MINUTE_MS = 60_000

/**
 * @param {{ pairs: number, settleMs: number, windowMs: number, onProgress: (text: string) => void }} options
 */
export async function measureIdle({ pairs, settleMs, windowMs, onProgress }) {
  onProgress(`idle: ${pairs} pairs for ${(settleMs + windowMs) / 1000} s`)
  const children = []
  const start = (name) => {
    const child = startChild({ url: APP, args: [name] })
    children.push(child)
    return child
  }
  try {
    const started = Array.from({ length: pairs }, () => ({ bare: start('bare'), contender: start('perf-monitor') }))
    await Promise.all(children.map((child) => child.ask('port')))
    await delay(settleMs)
    const figures = await Promise.all(
      started.map(async ({ bare, contender }) => {
        const [bareFigures, contenderFigures] = await Promise.all([watch(bare, windowMs), watch(contender, windowMs)])
        return { bare: bareFigures, contender: contenderFigures }
      }),
    )
    return { windowMs, ...compareAll(figures) }
  } finally {
    await Promise.all(children.map((child) => child.stop()))
  }
}

/** Without `wakeUpsPerMinute` and `childProcessesPerMinute` where the system does not tell them. */
export function compareAll(figures) {
  const of = (name) => figures.map(({ bare, contender }) => ({ bare: bare[name], contender: contender[name] }))
  const compared = { cpuMsPerMinute: comparePairs(of('cpuMsPerMinute')), rssBytes: comparePairs(of('rssBytes')) }
  for (const name of ['wakeUpsPerMinute', 'childProcessesPerMinute']) {
    const pairs = of(name)
    if (pairs.some(({ bare, contender }) => bare === null || contender === null)) continue
    const { ratio: _ofNothing, ...rest } = comparePairs(pairs) // an app that is never woken is no measure
    compared[name] = rest
  }
  return compared
}

async function watch(child, windowMs) {
  const before = await child.ask('mark')
  const startedMs = performance.now()
  await delay(windowMs)
  const after = await child.ask('mark')
  return figuresOf(before, after, performance.now() - startedMs)
}

export function figuresOf(before, after, elapsedMs) {
  const perMinute = (count) => (count / elapsedMs) * MINUTE_MS
  return {
    cpuMsPerMinute: perMinute((after.cpuMicroseconds - before.cpuMicroseconds) / 1000),
    rssBytes: after.rssBytes,
    wakeUpsPerMinute: after.wakeUps === null ? null : perMinute(after.wakeUps - before.wakeUps),
    // that there was none is certain; how many there were is not
    childProcessesPerMinute: after.childTraces === before.childTraces ? childrenOf(after) : null,
  }
}

function childrenOf({ childTraces }) {
  return childTraces === null ? null : 0
}
