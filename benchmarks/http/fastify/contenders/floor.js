// The same as in Express, as a hook: two clock readings, one map look-up, one bucket increment, one close listener.

const BUCKET_COUNT = 32

/** @param {(done: () => void) => void} [run] how the rest of the request is started */
export function create(run = (done) => done()) {
  /** By route, as it is registered. */
  const routes = new Map()

  function floor(request, reply, done) {
    const startMs = performance.now()
    reply.raw.on('close', () => {
      const durationMs = performance.now() - startMs
      const route = request.routeOptions.url
      let buckets = routes.get(route)
      if (buckets === undefined) {
        buckets = new Uint32Array(BUCKET_COUNT)
        routes.set(route, buckets)
      }
      buckets[BUCKET_COUNT - 1 - Math.clz32(durationMs * 1000)]++ // one per doubling of microseconds
    })
    run(done)
  }

  return {
    install: (app) => app.addHook('onRequest', floor),
    countRequests: () => [...routes.values()].flatMap((buckets) => [...buckets]).reduce((sum, n) => sum + n, 0),
  }
}
