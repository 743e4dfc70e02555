// The users: a process of its own, so that its work is not the app's. Arrivals do not wait for answers, as users do not.
import { Agent, request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { answerParent } from '../../scripts/child-process.mjs'
import { felt } from './felt.mjs'
import { arrivalGapMs, randomOf, requestOf, scaled } from './traffic.mjs'

const MAX_IN_FLIGHT = 400 // of one kind: an app that has stopped to answer is not flooded further
const GIVE_UP_MS = 30_000
const UPLOAD_PIECES = 20
const RETRY_PAUSE_MS = 200 // a client that is refused does not spin
const STARTUP_MS = 10_000 // what loads and compiles is slow whatever the app does

const agent = new Agent({ keepAlive: true, maxSockets: 512 })
let base = null
let stopping = false
const totals = []
let startedMs = 0

answerParent({
  start({ url, traffic, factor, seed }) {
    base = new URL(url)
    startedMs = performance.now()
    for (const [index, entry] of traffic.entries()) void runEntry(scaled(entry, factor), randomOf(seed + index * 7919))
    return null
  },
  stop() {
    stopping = true
    return totals.map(felt)
  },
})

async function runEntry(entry, random) {
  const total = {
    method: entry.method ?? 'GET',
    path: entry.path,
    sent: 0,
    skipped: 0,
    errors: 0,
    status: {},
    inFlight: 0,
    durationsMs: [],
  }
  totals.push(total)
  const { fromSecond = 0, toSecond = Number.POSITIVE_INFINITY } = entry
  const begunMs = performance.now()
  const over = () => stopping || performance.now() - begunMs >= toSecond * 1000
  if (fromSecond > 0) await wait(fromSecond * 1000)
  const send = () => {
    if (total.inFlight >= MAX_IN_FLIGHT) {
      total.skipped++
      return null
    }
    return sendOne(requestOf(entry, { random, count: ++total.sent }), { entry, total })
  }
  if (entry.concurrency !== undefined) {
    const client = async () => {
      while (!over()) {
        const isFine = await send()
        const pauseMs = isFine === false ? RETRY_PAUSE_MS : (entry.pauseMs ?? 0)
        if (pauseMs > 0) await wait(pauseMs * (0.5 + random()))
      }
    }
    for (let i = 0; i < entry.concurrency; i++) void client()
  } else if (entry.burst !== undefined) {
    while (!over()) {
      for (let i = 0; i < entry.burst.count; i++) void send()
      await wait(entry.burst.everySeconds * 1000)
    }
  } else {
    let dueMs = performance.now()
    while (!over()) {
      dueMs += arrivalGapMs(entry.ratePerSecond, random)
      const lateMs = performance.now() - dueMs
      if (lateMs < 0) await wait(-lateMs)
      void send()
    }
  }
}

/** True when the server answered. `holdMs`: the client leaves after so long, whatever has come. */
function sendOne({ method, path, headers, body }, { entry, total }) {
  total.inFlight++
  const sentMs = performance.now()
  return new Promise((resolve) => {
    const ended = (status) => {
      clearTimeout(leaves)
      total.inFlight--
      if (status === null) total.errors++
      else {
        total.status[status] = (total.status[status] ?? 0) + 1
        if (!isLeaving && sentMs - startedMs >= STARTUP_MS) total.durationsMs.push(performance.now() - sentMs)
      }
      resolve(status !== null)
    }
    let answered = null
    let isLeaving = false
    const sent = request({ host: base.hostname, port: base.port, method, path, headers, agent }, (response) => {
      answered = response.statusCode
      response.on('error', () => {})
      response.resume()
    })
    sent.on('error', () => {})
    sent.once('close', () => ended(isLeaving ? 'left' : answered))
    const leaves = setTimeout(() => {
      isLeaving = entry.holdMs !== undefined
      sent.destroy()
    }, entry.holdMs ?? GIVE_UP_MS)
    if (entry.uploadMs === undefined) sent.end(body ?? undefined)
    else void upload(sent, { body, overMs: entry.uploadMs })
  })
}

/** At the pace of a client's line. */
async function upload(sent, { body, overMs }) {
  const size = Math.ceil(body.length / UPLOAD_PIECES)
  for (let from = 0; from < body.length && !sent.destroyed; from += size) {
    sent.write(body.subarray(from, from + size))
    await wait(overMs / UPLOAD_PIECES)
  }
  sent.end()
}
