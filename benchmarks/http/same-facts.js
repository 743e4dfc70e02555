// The least code that learns of a request what perf-monitor does by default: its async scope, route, status, duration, first byte,
// bytes, and the time of each layer. It knows no failures, aborts, streams, pipelines or parents, and contains and bounds nothing.
import { AsyncLocalStorage } from 'node:async_hooks'

const BUCKET_COUNT = 32

export class SameFacts {
  #scope = new AsyncLocalStorage()
  /** By whatever names a route, then by status. */
  #routes = new Map()
  #connection = Symbol('connection')

  /** @param {(req: object, res: object) => unknown} routeOf asked when the response has closed */
  begin(req, res, routeOf) {
    const { socket } = req
    socket[this.#connection] ??= watchWrites(socket)
    const connection = socket[this.#connection]
    const run = { startMs: performance.now(), firstByteMs: 0, lastByteMs: 0, open: [] }
    const begunAtBytes = socket.bytesWritten
    connection.run = run
    res.on('close', () => {
      connection.run = null
      const { startMs, firstByteMs, lastByteMs, open } = run
      const histograms = this.#histogramsOf(routeOf(req, res), res.statusCode)
      count(histograms.duration, performance.now() - startMs)
      count(histograms.firstByte, firstByteMs - startMs)
      count(histograms.bytes, socket.bytesWritten - begunAtBytes)
      for (const layer of open) if (!layer.isOver) count(layer.histogram, lastByteMs - layer.startMs)
    })
    return run
  }

  enter(run, next) {
    return this.#scope.run(run, next)
  }

  /** A middleware, hook or handler, timed until it goes on or the last byte was written. `goesOn`: it is given a third argument to do so. */
  timed(layer, goesOn) {
    const histogram = new Uint32Array(BUCKET_COUNT)
    const scope = this.#scope
    return function timedLayer(first, second, next) {
      const run = scope.getStore()
      if (run === undefined) return layer.call(this, first, second, next)
      const own = { histogram, startMs: performance.now(), isOver: false }
      run.open.push(own)
      if (!goesOn) return layer.call(this, first, second)
      return layer.call(this, first, second, (error) => {
        if (!own.isOver) {
          own.isOver = true
          count(histogram, performance.now() - own.startMs)
        }
        next(error)
      })
    }
  }

  countRequests() {
    let sum = 0
    for (const byStatus of this.#routes.values()) {
      for (const { duration } of byStatus.values()) for (const bucket of duration) sum += bucket
    }
    return sum
  }

  #histogramsOf(route, status) {
    let byStatus = this.#routes.get(route)
    if (byStatus === undefined) {
      byStatus = new Map()
      this.#routes.set(route, byStatus)
    }
    let histograms = byStatus.get(status)
    if (histograms === undefined) {
      const [duration, firstByte, bytes] = Array.from({ length: 3 }, () => new Uint32Array(BUCKET_COUNT))
      histograms = { duration, firstByte, bytes }
      byStatus.set(status, histograms)
    }
    return histograms
  }
}

function watchWrites(socket) {
  const connection = { run: null }
  const { write } = socket
  socket.write = function watchedWrite(data, encoding, callback) {
    const { run } = connection
    if (run !== null) {
      run.lastByteMs = performance.now()
      if (run.firstByteMs === 0) run.firstByteMs = run.lastByteMs
    }
    return write.call(this, data, encoding, callback)
  }
  return connection
}

/** One bucket per doubling. */
function count(histogram, value) {
  histogram[BUCKET_COUNT - 1 - Math.clz32((value * 1000) | 1)]++ // below a microsecond is the first bucket
}
