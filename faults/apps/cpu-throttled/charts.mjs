// Charts as SVG, drawn for every request: some milliseconds of work each, in a container with a CPU quota.
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import { serve } from '../../lib/serve.mjs'

const POINTS = 10_000

export function startCharts({ monitorConfig, port, beside }) {
  const app = express()
  app.use(perfMonitor(monitorConfig))
  app.get('/charts/:id.svg', (req, res) => res.type('image/svg+xml').send(drawn(Number(req.params.id))))
  app.get('/charts', (_req, res) => res.json({ charts: [1, 2, 3] }))
  beside(app)
  return serve(app, port)
}

function drawn(id) {
  const points = Array.from({ length: POINTS }, (_, i) => [i / 10, 100 + 50 * Math.sin((i * id) / 1000)])
  const path = points.map(([x, y]) => `L${x.toFixed(2)} ${y.toFixed(2)}`).join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 200"><path d="M0 100${path}"/></svg>`
}
