// What is kept in memory: of each operation beside the rivals, of an hour of history, of a process, and after millions of requests.
import { CONTENDERS } from '../accuracy/contenders.js'
import { WORKLOADS } from '../http/workloads.js'
import { startChild } from '../lib/child.js'

const SERIES_PROCESS = new URL('series-process.js', import.meta.url)
const HISTORY_PROCESS = new URL('history-process.js', import.meta.url)
const EXCHANGES_PROCESS = new URL('exchanges-process.js', import.meta.url)
const SERVER = new URL('server.js', import.meta.url)
const LOAD = new URL('../http/load.js', import.meta.url)

const ANSWER_TIMEOUT_MS = 600_000 // a million requests in a row take half a minute, and on a busy machine several
const MINUTE_SECONDS = 60
const MARKS = 10
const HTTP_MARKS = 6
const FRAMEWORK = 'express'
const SERVERS = ['bare', 'perf-monitor']

/**
 * @param {object} options
 * @param {{ series: number, records: number }} options.kept
 * @param {{ operations: number, seconds: number }} options.history
 * @param {{ count: number, perSecond: number }} options.exchanges `perSecond` of the clock that is passed in
 * @param {{ seconds: number, warmup: number, atOnce: number }} options.requests of load for each server; `atOnce` of them between two looks at the time
 * @param {{ server: number, load: number } | null} options.cores
 * @param {(text: string) => void} options.onProgress
 */
export async function measureMemory({ kept, history, exchanges, requests, cores, onProgress }) {
  const start = (url, args = []) =>
    startChild({
      url,
      args,
      core: cores?.server ?? null,
      nodeArgs: ['--expose-gc'],
      answerTimeoutMs: ANSWER_TIMEOUT_MS,
    })
  return {
    kept: await measureKept({ ...kept, start, onProgress }),
    history: await measureHistory({ ...history, start, onProgress }),
    exchanges: await measureExchanges({ ...exchanges, start, onProgress }),
    requests: await measureRequests({ ...requests, start, load: cores?.load ?? null, onProgress }),
  }
}

async function measureKept({ series, records, start, onProgress }) {
  const contenders = []
  for (const { name, title } of CONTENDERS) {
    onProgress(`memory: ${series} series, ${name}`)
    const measured = await askOnce(start(SERIES_PROCESS, [name]), 'measure', { series, records })
    contenders.push({ name, title, ...measured })
  }
  return { series, records, contenders }
}

/** Each figure is the difference of two processes: what both have is of neither an operation nor an hour. */
async function measureHistory({ operations, seconds, start, onProgress }) {
  const measure = async (count, historySeconds) => {
    onProgress(`memory: ${count} operations, ${historySeconds} s of history`)
    return askOnce(start(HISTORY_PROCESS, [String(count), String(historySeconds)]), 'measure')
  }
  const small = await measure(operations, MINUTE_SECONDS)
  const wide = await measure(2 * operations, MINUTE_SECONDS)
  const long = await measure(operations, seconds)
  return { operations, seconds, ...differences({ operations, small, wide, long }) }
}

/** @returns {{ bytesPerOperation: number, historyBytes: number, countedHistoryBytes: number }} */
export function differences({ operations, small, wide, long }) {
  const apart = ({ usedBytes, historyBytes }) => usedBytes - historyBytes
  return {
    bytesPerOperation: (apart(wide) - apart(small)) / operations,
    historyBytes: long.usedBytes - small.usedBytes,
    countedHistoryBytes: long.historyBytes - small.historyBytes,
  }
}

async function measureExchanges({ count, perSecond, start, onProgress }) {
  const child = start(EXCHANGES_PROCESS)
  const marks = []
  try {
    for (let mark = 1; mark <= MARKS; mark++) {
      onProgress(`memory: requests without sockets, ${(count / MARKS) * mark} of ${count}`)
      const { recorded, ...found } = await child.ask('run', { count: count / MARKS, perSecond })
      if (recorded !== found.exchanges) throw new Error(`${recorded} of ${found.exchanges} requests were recorded`)
      marks.push(found)
    }
    return { perSecond, marks }
  } finally {
    await child.stop()
  }
}

async function measureRequests({ seconds, warmup, atOnce, start, load, onProgress }) {
  const servers = []
  for (const name of SERVERS) {
    onProgress(`memory: ${FRAMEWORK} ${name}, ${seconds} s of requests`)
    const server = start(SERVER, [FRAMEWORK, name])
    const client = startChild({ url: LOAD, core: load })
    try {
      servers.push({ name, marks: await marksUnderLoad({ server, client, seconds, warmup, atOnce }) })
    } finally {
      await Promise.all([server.stop(), client.stop()])
    }
  }
  return { seconds, servers }
}

async function marksUnderLoad({ server, client, seconds, warmup, atOnce }) {
  const port = await server.ask('port')
  const { path } = WORKLOADS.at(-1)
  const run = async (requests) => {
    const { succeeded, failed } = await client.ask('run', { port, path, requests })
    if (failed > 0) throw new Error(`${failed} requests failed`)
    return succeeded
  }
  await run(warmup)
  const marks = [{ requests: 0, ...(await server.ask('used')) }]
  for (let mark = 1, requests = 0; mark <= HTTP_MARKS; mark++) {
    const endMs = performance.now() + (seconds / HTTP_MARKS) * 1000
    while (performance.now() < endMs) requests += await run(atOnce)
    marks.push({ requests, ...(await server.ask('used')) })
  }
  return marks
}

async function askOnce(child, question, details) {
  try {
    return await child.ask(question, details)
  } finally {
    await child.stop()
  }
}
