// The measured process: a contender with its operations, and the marks around each question.
import { once } from 'node:events'
import { answerParent } from '../lib/child.js'
import { watchTurns } from './blocks.js'

const [name, operations, historySeconds] = process.argv.slice(2)
const { create } = await import(`./contenders/${name}.js`)
const { server, questions } = await create({ operations: Number(operations), historySeconds: Number(historySeconds) })
server.listen(0, '127.0.0.1')
await once(server, 'listening')
let watched = null
let mark = process.cpuUsage()

answerParent({
  port: () => server.address().port,
  questions: () =>
    Object.entries(questions).map(([title, { path, headers, stream, run }]) => ({
      title,
      path: path ?? null,
      headers: headers ?? {},
      stream: stream ?? null,
      isCall: run !== undefined,
    })),
  /** From here on CPU time is counted, or turns are watched: a loop that is watched is never idle. */
  begin({ title, isWatched }) {
    questions[title].prepare?.()
    mark = process.cpuUsage()
    if (!isWatched) return null
    let end
    const ended = new Promise((resolve) => {
      end = resolve
    })
    watched = { end, turns: watchTurns(() => ended) }
    return null
  },
  async call({ title }) {
    await questions[title].run()
    return null
  },
  async end() {
    const { user, system } = process.cpuUsage(mark)
    if (watched === null) return { cpuMs: (user + system) / 1000 }
    watched.end()
    const turns = await watched.turns
    watched = null
    return turns
  },
})
