// 50,000 requests to random URLs with random methods, run with --expose-gc. Prints one line of JSON.

// 50,000 requests to random URLs with random methods, run with --expose-gc. Prints one line of JSON.
import http, { METHODS } from 'node:http'
import { Duplex } from 'node:stream'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'

const QUIET = { info() {}, warn() {}, error() {} }
const REQUESTS = 50_000
const methods = METHODS.filter((method) => method !== 'CONNECT') // Node gives it to 'connect' listeners, never to an app

const app = express()
const perf = perfMonitor({ logger: QUIET, collectionIntervalMs: 3_600_000 })
app.use(perf)
const server = http.createServer(app)

/** Bytes in, bytes out, no network: a socket made of memory. */
class MemorySocket extends Duplex {
  remoteAddress = '127.0.0.1'
  _read() {}
  _write(_chunk, _encoding, callback) {
    callback()
  }
  setTimeout() {
    return this
  }
  setKeepAlive() {
    return this
  }
  setNoDelay() {
    return this
  }
}

async function send(method, path) {
  const socket = new MemorySocket()
  const closed = new Promise((resolve) => socket.once('close', resolve))
  server.emit('connection', socket)
  socket.push(`${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  socket.push(null)
  await closed
}

async function heapAfter(count) {
  for (let n = 0; n < count; n += 50) {
    await Promise.all(
      Array.from({ length: 50 }, (_, k) => {
        const random = Math.random().toString(36).slice(2)
        return send(methods[(n + k) % methods.length], `/${random}/${n + k}?q=${random}`)
      }),
    )
  }
  await perf.monitor.sample()
  for (let turn = 0; turn < 5; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    globalThis.gc()
  }
  return process.memoryUsage().heapUsed
}

const warm = await heapAfter(10_000)
const end = await heapAfter(REQUESTS)
const breakdown = perf.monitor.getSnapshot().componentMetrics.http.operationBreakdown
console.log(
  JSON.stringify({
    methods: methods.length,
    operations: Object.keys(breakdown),
    requests: Object.values(breakdown).reduce((sum, { count }) => sum + count, 0),
    activeRequests: perf.monitor.tracker.activeRequests,
    grownBytes: end - warm,
  }),
)
await perf.monitor.stop()
