// What an app costs that does nothing: bare and monitored ones side by side, for as long as the window lasts.
import { setTimeout as delay } from 'node:timers/promises'
import { startChild } from '../lib/child.js'
import { comparePairs } from '../lib/statistics.js'

const SERVER = new URL('../http/server.js', import.meta.url)
const MINUTE_MS = 60_000

/**
 * @param {{ pairs: number, settleMs: number, windowMs: number, onProgress: (text: string) => void }} options
 */
export async function measureIdle({ pairs, settleMs, windowMs, onProgress }) {
  onProgress(`idle: ${pairs} pairs for ${(settleMs + windowMs) / 1000} s`)
  const children = []
  const start = (name) => {
    const child = startChild({ url: SERVER, args: ['express', name] })
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
    const compare = (name) =>
      comparePairs(figures.map(({ bare, contender }) => ({ bare: bare[name], contender: contender[name] })))
    return { windowMs, cpuMsPerMinute: compare('cpuMsPerMinute'), rssBytes: compare('rssBytes') }
  } finally {
    await Promise.all(children.map((child) => child.stop()))
  }
}

async function watch(child, windowMs) {
  const before = await child.ask('mark')
  const startedMs = performance.now()
  await delay(windowMs)
  const after = await child.ask('mark')
  const cpuMs = (after.cpuMicroseconds - before.cpuMicroseconds) / 1000
  return { cpuMsPerMinute: (cpuMs / (performance.now() - startedMs)) * MINUTE_MS, rssBytes: after.rssBytes }
}
