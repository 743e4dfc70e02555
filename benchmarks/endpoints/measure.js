// What it costs to answer for many operations: CPU time and bytes of each answer, and the longest that it held the event loop.
import { Agent, get } from 'node:http'
import { startChild } from '../lib/child.js'
import { spread } from '../lib/statistics.js'
import { CONTENDERS } from './contenders.js'

const FILL_TIMEOUT_MS = 300_000 // an hour of ten thousand operations is made in half a minute, and on a busy machine in several

const SERVER = new URL('server.js', import.meta.url)

/**
 * @param {{ sizes: number[], historySeconds: number, rounds: number, cores: object | null, onProgress: (text: string) => void }} options
 */
export async function measureEndpoints({ sizes, historySeconds, rounds, cores, onProgress }) {
  const measured = []
  for (const operations of sizes) {
    const contenders = []
    for (const { name, title } of CONTENDERS) {
      onProgress(`endpoints: ${title}, ${operations} operations`)
      const args = [name, String(operations), String(historySeconds)]
      const child = startChild({ url: SERVER, args, core: cores?.server ?? null, answerTimeoutMs: FILL_TIMEOUT_MS })
      const agent = new Agent({ keepAlive: true })
      try {
        contenders.push({ name, title, answers: await measureAnswers(child, agent, rounds) })
      } finally {
        agent.destroy()
        await child.stop()
      }
    }
    measured.push({ operations, contenders })
  }
  return { historySeconds, rounds, sizes: measured }
}

async function measureAnswers(child, agent, rounds) {
  const port = await child.ask('port')
  const answers = []
  for (const question of await child.ask('questions')) {
    const { title, path, headers, stream, isCall } = question
    const open = stream === null ? null : await openStream({ port, agent, path: stream })
    const ask = async (isWatched) => {
      await child.ask('begin', { title, isWatched })
      const bytes = isCall ? 0 : await fetchBytes({ port, agent, path, headers })
      if (isCall) await child.ask('call', { title })
      return { ...(await child.ask('end')), bytes }
    }
    await ask(false) // what is compiled and loaded at first use
    const timed = []
    const watched = []
    for (let round = 0; round < rounds; round++) {
      timed.push(await ask(false))
      watched.push(await ask(true))
    }
    open?.destroy()
    answers.push({
      title,
      bytes: timed[0].bytes,
      cpuMs: spread(timed.map(({ cpuMs }) => cpuMs)),
      longestBlockMs: spread(watched.map(({ longestMs }) => longestMs)),
      longestBlockWithGcMs: spread(watched.map(({ longestWithGcMs }) => longestWithGcMs)),
    })
  }
  return answers
}

function fetchBytes(options) {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', ...options }, (res) => {
      let bytes = 0
      res.on('data', (chunk) => {
        bytes += chunk.length
      })
      res.on('error', reject)
      res.on('end', () => {
        if (res.statusCode === 200) resolve(bytes)
        else reject(new Error(`${options.path} answered ${res.statusCode}`))
      })
    }).on('error', reject)
  })
}

/** Read and thrown away, for as long as it is open. */
function openStream(options) {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', ...options }, (res) => {
      res.on('error', () => {}) // it ends with its destruction
      res.resume()
      resolve(request)
    })
    request.on('error', reject)
  })
}
