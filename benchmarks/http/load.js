// The load generator, a process of its own: a fixed number of requests over kept connections, to loopback only.
import autocannon from 'autocannon'
import { answerParent } from '../lib/child.js'

const CONNECTIONS = 16
const FINISH_POLL_MS = 20 // autocannon looks whether it is done only as often as this

answerParent({
  async run({ port, path, requests }) {
    const startedMs = performance.now()
    let lastMs = startedMs
    const result = await new Promise((resolve, reject) => {
      const instance = autocannon(
        {
          url: `http://127.0.0.1:${port}${path}`,
          connections: CONNECTIONS,
          amount: requests,
          sampleInt: FINISH_POLL_MS,
        },
        (error, done) => (error ? reject(error) : resolve(done)),
      )
      instance.on('response', () => {
        lastMs = performance.now()
      })
    })
    return { succeeded: result['2xx'], failed: result.non2xx + result.errors, elapsedMs: lastMs - startedMs }
  },
})
