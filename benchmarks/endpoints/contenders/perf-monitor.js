// All of /perf, asked as a client would ask; what is not asked for by URL (a sample, a round of the diagnosis) is called.
import { createServer } from 'node:http'
import { adapterHost } from '@perf-monitor/core/adapter'
import { appWithHistory } from '../history.js'

const LIVE_WINDOW_MS = 180_000 // what a round of the diagnosis looks at
const HOUR_MS = 3_600_000

export async function create({ operations, historySeconds }) {
  const { monitor, runSecond } = await appWithHistory({ operations, historySeconds })
  const host = adapterHost(monitor)
  const server = createServer((req, res) => {
    if (!host.serve(req, res, '')) res.writeHead(404).end()
  })
  const path = (below) => `/perf${below}`
  return {
    server,
    questions: {
      'metrics, Prometheus text': { path: path('/metrics') },
      'metrics, OpenMetrics': { path: path('/metrics'), headers: { accept: 'application/openmetrics-text' } },
      snapshot: { path: path('/snapshot') },
      'report, JSON': { path: path('/report?format=json') },
      'report, Markdown': { path: path('/report?format=markdown') },
      'report, HTML': { path: path('/report?format=html') },
      'report, CSV': { path: path('/report?format=csv') },
      'history of an hour': { path: path('/history') },
      traces: { path: path('/traces') },
      health: { path: path('/health') },
      'a sample, with a client on the stream': {
        stream: path('/stream'),
        prepare: runSecond,
        run: () => monitor.sample(),
      },
      'diagnosis of 3 minutes (each 10 s)': { run: () => monitor.identifyBottlenecks({ windowMs: LIVE_WINDOW_MS }) },
      'diagnosis of an hour': { run: () => monitor.identifyBottlenecks({ windowMs: HOUR_MS }) },
    },
  }
}
