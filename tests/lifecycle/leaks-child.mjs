// Run as a process of its own: what it leaves behind is what the process has. Prints one line of JSON.
import { readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'

const ROUNDS = 100
const QUIET = { info() {}, warn() {}, error() {} }
const onLinux = process.platform === 'linux'

/** Handles, threads and files of this process. */
function held() {
  const resources = process.getActiveResourcesInfo().filter((type) => type !== 'PipeWrap') // its standard output
  const count = (folder) => (onLinux ? readdirSync(folder).length : null)
  return { resources: resources.sort(), threads: count('/proc/self/task'), files: count('/proc/self/fd') }
}

async function round(port) {
  const app = express()
  const perf = perfMonitor({ logger: QUIET, prometheusPort: port, collectionIntervalMs: 100 })
  app.use(perf)
  app.get('/', (_req, res) => res.send('ok'))
  await perf.monitor.start()
  const server = createServer(app)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${server.address().port}`
  await (await fetch(url)).text()
  await perf.monitor.sample()
  const stream = await fetch(`${url}/perf/stream`)
  await stream.body.getReader().read()
  await perf.monitor.stop()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

async function settled() {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 10))
  globalThis.gc?.()
}

const port = Number(process.argv[2])
await round(port) // what Node itself opens once (thread pool, fetch's agent) is not ours
await settled()
const before = held()
for (let n = 1; n < ROUNDS; n++) await round(port)
await settled()
const after = held()
console.log(JSON.stringify({ before, after }))
// no process.exit: that it ends by itself is part of what is tested
