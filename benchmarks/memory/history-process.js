// An app with a history that was made by a clock passed in: `node --expose-gc history-process.js <operations> <seconds>`.
import { appWithHistory } from '../endpoints/history.js'
import { answerParent } from '../lib/child.js'
import { historyBytesOf } from './history-bytes.js'
import { usedMemory } from './used.js'

const [operations, historySeconds] = process.argv.slice(2).map(Number)
const before = await usedMemory()
const { monitor } = await appWithHistory({ operations, historySeconds })

answerParent({
  async measure() {
    const { usedBytes } = await usedMemory()
    return { usedBytes: usedBytes - before.usedBytes, historyBytes: await historyBytesOf(monitor) }
  },
})
