// The demo: the shop and its visitors, until Ctrl-C or --duration.
import { once } from 'node:events'
import { connect } from 'node:net'
import { parseArgs } from 'node:util'
import { createShop } from './app.js'
import { startChild } from './child.js'

const DEFAULT_PORT = 3000
const PARENT_CHECK_MS = 500

const options = readOptions()
const port = await choosePort()
const shop = await createShop({ port }).catch((error) => {
  if (error.code === 'EADDRINUSE') console.error(`Port ${port} is taken: set PORT to a free one, or leave it out.`)
  else console.error(error)
  process.exit(1)
})
const traffic = startChild('traffic.js', ['--url', shop.url, '--rate', options.rate, '--seed', options.seed])
traffic.child.on('message', printStatus)
printWelcome()

process.exitCode = await ending()
console.log('\nClosing the shop …')
await traffic.stop()
await shop.close()

/** Waits until it is time to close. */
function ending() {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve(0))
    if (options.durationMs !== undefined) setTimeout(() => resolve(0), options.durationMs).unref()
    if (process.env.npm_lifecycle_event) onParentChange(() => resolve(0))
    traffic.child.once('exit', (code) => resolve(code ?? 0)) // it said why
  })
}

/** Told to stop, npm ends its shell and not what runs in it: that is then left with another parent. */
function onParentChange(callback) {
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && callback(), PARENT_CHECK_MS).unref()
}

function printWelcome() {
  console.log(`
  The shop is open.

    perf-monitor   ${shop.url}/perf
                   /perf/report  /perf/snapshot  /perf/alerts  /perf/history  /perf/metrics  /perf/health
    the shop       ${shop.url}/catalog/products
    visitors       about ${options.rate} requests/s in waves of a minute, from a process of their own

  Planted, for perf-monitor to find:

    GET  /orders                   slow: one query per order and one more per line of it (N+1)
    POST /orders                   fails: one payment in eight is not answered by the bank (502)
    GET  /admin/reports/affinity   blocks the event loop, every few seconds
    GET  /cart/shipping            a tail: one in a hundred shipping rates takes too long (504)

  Odd but healthy: an event stream (/orders/events), a long poll (/orders/updates), a download
  (/catalog/products.csv), visitors without a token (401), with mistakes (400, 404), and some who leave early.

  ${options.durationMs === undefined ? 'Ctrl-C ends it.' : `Ends after ${options.durationMs / 1000} s, or with Ctrl-C.`}
`)
}

function printStatus({ seconds, ok, rejected, failed, aborted }) {
  const time = new Date().toTimeString().slice(0, 8)
  const total = ok + rejected + failed + aborted
  console.log(
    `  ${time}  ${(total / seconds).toFixed(0)} requests/s: ${ok} answered, ${rejected} refused (4xx), ${failed} failed (5xx), ${aborted} left early`,
  )
}

/** PORT, or 3000, or any free one when somebody answers there already. */
async function choosePort() {
  if (process.env.PORT) return Number(process.env.PORT)
  return (await isAnswered(DEFAULT_PORT)) ? 0 : DEFAULT_PORT
}

async function isAnswered(port) {
  const socket = connect({ port, host: 'localhost' })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      rate: { type: 'string', default: '40' },
      seed: { type: 'string', default: '1' },
      duration: { type: 'string' },
    },
  })
  if (values.duration === undefined) return { ...values, durationMs: undefined }
  const seconds = Number(values.duration)
  if (!(seconds > 0)) throw new Error(`--duration takes a number of seconds, got ${values.duration}`)
  return { ...values, durationMs: seconds * 1000 }
}
