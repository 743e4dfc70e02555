import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

const FIGURE = /^perf_monitor_history_bytes (\S+)$/m

/** As `/perf/metrics` tells it, asked without a socket. The monitor needs `auth: false`. */
export async function historyBytesOf(monitor) {
  const { body } = await monitor.http.handle({
    method: 'GET',
    path: '/metrics',
    query: new URLSearchParams(),
    headers: {},
    remoteAddress: '127.0.0.1',
    encrypted: false,
    basePath: '/perf',
  })
  const exposition = typeof body === 'string' ? body : await text(Readable.from(body))
  return Number(FIGURE.exec(exposition)[1])
}
