// How far the quantiles that are shown lie from those of the values themselves, beside the rivals.
import { startChild } from '../lib/child.js'
import { DISTRIBUTIONS } from './distributions.js'
import { QUANTILES } from './quantiles.js'

const PROCESS = new URL('process.js', import.meta.url)
const ANSWER_TIMEOUT_MS = 300_000 // a million values take the slowest two seconds, and on a busy machine ten times that

/**
 * @param {{ count: number, cores: { server: number } | null, onProgress: (text: string) => void }} options `count` values of each
 */
export async function measureAccuracy({ count, cores, onProgress }) {
  const child = startChild({ url: PROCESS, core: cores?.server ?? null, answerTimeoutMs: ANSWER_TIMEOUT_MS })
  try {
    const distributions = []
    for (const { name } of DISTRIBUTIONS) {
      onProgress(`accuracy: ${name}, ${count} values`)
      distributions.push(await child.ask('measure', { distribution: name, count }))
    }
    return { count, quantiles: QUANTILES, distributions }
  } finally {
    await child.stop()
  }
}
