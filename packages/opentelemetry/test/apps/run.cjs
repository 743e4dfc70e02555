// What both apps do: serve, visit, and tell what was measured and exported.
module.exports = async function run({ express, perfMonitor, http }) {
  const { monitor, processor, provider, exporter } = globalThis.tracing
  const app = express()
  if (perfMonitor) app.use(perfMonitor(monitor))
  const upstream = http.createServer((_req, res) => res.end('{"stock":3}'))
  await new Promise((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  const stock = `http://127.0.0.1:${upstream.address().port}/stock?item=7`
  app.get('/orders/:id', async (req, res) => {
    await (await fetch(stock)).text()
    await new Promise((resolve, reject) =>
      http.get(stock, (answer) => answer.resume().on('end', resolve)).on('error', reject),
    )
    res.json({ id: req.params.id })
  })
  const server = http.createServer(app)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${server.address().port}`
  const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }
  const request = (path) =>
    new Promise((resolve, reject) =>
      http
        .get(`${origin}${path}`, { headers }, async (answer) => {
          let body = ''
          for await (const chunk of answer) body += chunk
          resolve(body)
        })
        .on('error', reject),
    )
  for (const path of ['/orders/1', '/orders/2', '/perf/health']) await request(path)
  const traces = perfMonitor ? JSON.parse(await request('/perf/traces?component=http')).traces : []
  await provider.forceFlush()
  const snapshot = monitor.getSnapshot().componentMetrics
  const operations = {}
  for (const [component, { operationBreakdown }] of Object.entries(snapshot))
    for (const [name, { count, failedCount, children }] of Object.entries(operationBreakdown))
      operations[`${component} ${name}`] = {
        count,
        failedCount,
        children: children.map((child) => `${child.component} ${child.operation} x${child.callsPerParent}`).sort(),
      }
  const servers = exporter.getFinishedSpans().filter(({ kind, attributes }) => kind === 1 && attributes['http.route'])
  server.close()
  upstream.close()
  await provider.shutdown()
  await monitor.stop()
  console.log(
    JSON.stringify({
      operations,
      stats: processor.stats,
      faults: monitor.guard.faults,
      upstream: new URL(stock).host,
      own: new URL(origin).host,
      traces: traces.map(({ operation, traceId, parentSpanId }) => ({ operation, traceId, parentSpanId })),
      servers: servers.map((span) => span.spanContext()),
      annotated: servers.map(({ attributes }) => attributes['perf_monitor.instance'] === monitor.config.instanceId),
    }),
  )
}
