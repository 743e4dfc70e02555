// Two versions against one another: pairs of windows, as contenders are paired with the bare app.
import { FRAMEWORKS } from '../http/frameworks.js'
import { measurePairings } from '../http/measure.js'
import { startChild } from '../lib/child.js'
import { comparePairs } from '../lib/statistics.js'
import { MICRO_SETTLE_MS } from '../micro/measure.js'
import { SUBJECTS } from '../micro/subjects.js'

const CONTENDER = 'perf-monitor'
/** Those that call perf-monitor. */
export const OWN_SUBJECTS = ['record', 'record-operation', 'begin-end', 'track', 'track-nested']

/**
 * @param {object} options as of `measureHttp` and `measureMicro`, and
 * @param {{ server: URL, subject: URL }} options.earlier
 * @param {{ server: URL, subject: URL }} options.now
 * @param {string[]} options.only `http`, `micro`
 */
export async function compareVersions(options) {
  const { only, http, micro, onProgress, ...common } = options
  const found = { frameworks: [], subjects: [], leftOut: [] }
  const leaveOut = (what, error) => found.leftOut.push(`${what}: ${String(error.message).split('\n')[0]}`)
  if (only.includes('http')) {
    for (const framework of FRAMEWORKS) {
      if (!(common.frameworks ?? [framework.name]).includes(framework.name)) continue
      const failure = await tryServer(common.earlier.server, framework.name)
      if (failure !== null) leaveOut(framework.title, failure)
      else found.frameworks.push(await compareFramework(framework, { ...common, ...http, onProgress }))
    }
  }
  if (only.includes('micro')) {
    for (const subject of SUBJECTS.filter(({ name }) => OWN_SUBJECTS.includes(name))) {
      const failure = await trySubject(common.earlier.subject, subject.name)
      if (failure !== null) leaveOut(subject.title, failure)
      else found.subjects.push(await compareSubject(subject, { ...common, ...micro, onProgress }))
    }
  }
  return found
}

/** An earlier version may know less: that is told, and no reason to end. */
async function tryServer(url, framework) {
  return failureOf({ url, args: [framework, CONTENDER] }, 'port')
}

async function trySubject(url, name) {
  return failureOf({ url, args: [name] }, 'ready')
}

async function failureOf(child, question) {
  const tried = startChild(child)
  try {
    await tried.ask(question)
    return null
  } catch (error) {
    return error
  } finally {
    await tried.stop()
  }
}

async function compareFramework({ name, title, windowShare }, { earlier, now, ...options }) {
  const side = (version, { server }) => ({ label: `${name}, ${version}`, url: server, args: [name, CONTENDER] })
  const rows = await measurePairings(
    [
      {
        name: 'same',
        title: 'this tree against itself (the noise)',
        windowShare,
        label: `${name}, this tree against itself`,
        sides: { partner: side('now', now), contender: side('now', now) },
      },
      {
        name: 'earlier',
        title: 'this tree over the earlier version',
        windowShare,
        label: `${name}, this tree against the earlier version`,
        sides: { partner: side('earlier', earlier), contender: side('now', now) },
      },
    ],
    options,
  )
  return { name, title, rows }
}

async function compareSubject({ name, title }, { earlier, now, rounds, pairsPerRound, cores, onProgress, ...micro }) {
  const pairs = []
  for (let round = 0; round < rounds; round++) {
    onProgress(`micro: round ${round + 1} of ${rounds}, ${name}`)
    const found = new Map()
    for (const version of round % 2 === 0 ? [earlier, now] : [now, earlier]) {
      found.set(version, await costsOf(version.subject, name, { ...micro, pairsPerRound, cores }))
    }
    const nowCosts = found.get(now)
    pairs.push(...found.get(earlier).map((bare, i) => ({ bare, contender: nowCosts[i] })))
  }
  return { name, title, nanosecondsPerOperation: comparePairs(pairs) }
}

/** ns over an empty loop, in a process of its own. */
async function costsOf(url, name, { warmupMs, windowMs, pairsPerRound, cores }) {
  const child = startChild({ url, args: [name], core: cores?.server })
  try {
    const pairs = await child.ask('run', { settleMs: MICRO_SETTLE_MS, warmupMs, windowMs, pairs: pairsPerRound })
    return pairs.map(({ bare, contender }) => contender - bare)
  } finally {
    await child.stop()
  }
}
