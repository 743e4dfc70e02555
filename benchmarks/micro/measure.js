// Single calls against an empty loop, each subject in fresh processes, round by round.
import { startChild } from '../lib/child.js'
import { comparePairs } from '../lib/statistics.js'
import { SUBJECTS } from './subjects.js'

const SUBJECT_PROCESS = new URL('subject-process.js', import.meta.url)

/**
 * @param {object} options
 * @param {number} options.rounds
 * @param {number} options.pairsPerRound
 * @param {number} options.windowMs of one timing
 * @param {{ server: number } | null} options.cores
 * @param {(text: string) => void} options.onProgress
 */
export async function measureMicro({ rounds, pairsPerRound, windowMs, cores, onProgress }) {
  const pairs = new Map(SUBJECTS.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const { name } of SUBJECTS) {
      onProgress(`micro: round ${round + 1} of ${rounds}, ${name}`)
      const child = startChild({ url: SUBJECT_PROCESS, args: [name], core: cores?.server })
      try {
        pairs.get(name).push(...(await child.ask('run', { windowMs, pairs: pairsPerRound })))
      } finally {
        await child.stop()
      }
    }
  }
  return {
    rounds,
    subjects: SUBJECTS.map(({ name, title }) => ({
      name,
      title,
      nanosecondsPerOperation: comparePairs(pairs.get(name)),
    })),
  }
}
