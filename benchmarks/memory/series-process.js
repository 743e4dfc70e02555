// One contender with many series of durations: `node --expose-gc series-process.js <contender>`.

import { compareQuantiles } from '../accuracy/compare.js'
import { CONTENDERS, createContender } from '../accuracy/contenders.js'
import { DISTRIBUTIONS } from '../accuracy/distributions.js'
import { answerParent } from '../lib/child.js'
import { seededRandom, standardNormal } from '../lib/random.js'
import { usedMemory } from './used.js'

const INTERVALS = 10 // the records of a series come in as many intervals, as they do in an app
const SIGMA = 0.8
const JUDGED_VALUES = 100_000

const [name] = process.argv.slice(2)

answerParent({
  /** Bytes of each series beyond the first ones: what comes once (code, tables) is none of theirs. */
  async measure({ series, records }) {
    const contender = await createContender(name)
    const random = seededRandom(1)
    addSeries(contender, { prefix: 'first', series, records, random })
    const before = await usedMemory()
    addSeries(contender, { prefix: 'more', series, records, random })
    const after = await usedMemory()
    const found = await contender.quantile('more 0', 0.5) // also: nothing of it was garbage yet
    if (!(found > 0)) throw new Error(`${name} kept nothing`)
    return {
      bytesPerSeries: (after.usedBytes - before.usedBytes) / series,
      residentBytesPerSeries: (after.residentBytes - before.residentBytes) / series,
      worstErrorPercent: await worstErrorPercent(),
    }
  },
})

/** Latencies around a middle of its own for each: 1 to 100 ms. */
function addSeries({ series: create, endInterval }, { prefix, series, records, random }) {
  const kept = Array.from({ length: series }, (_, n) => ({
    record: create(`${prefix} ${n}`),
    medianMs: 100 ** random(),
  }))
  for (let interval = 0; interval < INTERVALS; interval++) {
    for (const { record, medianMs } of kept) {
      for (let n = 0; n < records / INTERVALS; n++) record(medianMs * Math.exp(SIGMA * standardNormal(random)))
    }
    endInterval?.()
  }
}

async function worstErrorPercent() {
  const distribution = DISTRIBUTIONS.find((each) => each.name === 'lognormal')
  const contenders = CONTENDERS.filter((contender) => contender.name === name)
  const compared = await compareQuantiles({ distribution, contenders, count: JUDGED_VALUES })
  return Math.max(...compared.contenders[0].errorsPercent)
}
