// Single calls against an empty loop, each subject in fresh processes, round by round.
import { startChild } from '../lib/child.js'
import { comparePairs, spread } from '../lib/statistics.js'
import { SUBJECTS } from './subjects.js'

export const MICRO_SETTLE_MS = 300 // what the subject starts on other threads has started by then: CPU time is that of the process

const SUBJECT_PROCESS = new URL('subject-process.js', import.meta.url)

/**
 * @param {object} options
 * @param {number} options.rounds
 * @param {number} options.pairsPerRound
 * @param {number} options.warmupMs of CPU before the first
 * @param {number} options.windowMs of one timing
 * @param {{ server: number } | null} options.cores
 * @param {(text: string) => void} options.onProgress
 */
export async function measureMicro({ rounds, pairsPerRound, warmupMs, windowMs, cores, onProgress }) {
  const pairs = new Map(SUBJECTS.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const { name, against = [] } of SUBJECTS) {
      onProgress(`micro: round ${round + 1} of ${rounds}, ${name}`)
      const child = startChild({ url: SUBJECT_PROCESS, args: [name].concat(against), core: cores?.server })
      try {
        pairs
          .get(name)
          .push(...(await child.ask('run', { settleMs: MICRO_SETTLE_MS, warmupMs, windowMs, pairs: pairsPerRound })))
      } finally {
        await child.stop()
      }
    }
  }
  return { rounds, subjects: SUBJECTS.map((subject) => summarize(subject, pairs.get(subject.name))) }
}

/**
 * @param {{ name: string, kind: string, title: string, against?: string }} subject
 * @param {{ bare: number, contender: number, against?: number }[]} pairs ns per operation
 */
export function summarize({ name, kind, title, against }, pairs) {
  const nanosecondsPerOperation = comparePairs(pairs)
  if (against === undefined) return { name, kind, title, nanosecondsPerOperation }
  const ratios = pairs.map((pair) => (pair.contender - pair.bare) / (pair.against - pair.bare))
  return { name, kind, title, nanosecondsPerOperation, against: { name: against, ratio: spread(ratios) } }
}
