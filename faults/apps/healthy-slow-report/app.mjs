// A yearly report that takes three seconds in the warehouse, asked for now and then by the accountant.
import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import { serve } from '../../lib/serve.mjs'

const WAREHOUSE_MS = 3000
const READ_MS = 6

export default function start({ monitorConfig, port, beside }) {
  const app = express()
  const perf = perfMonitor(monitorConfig)
  app.use(perf)
  const ask = (what, ms) =>
    perf.monitor.track('warehouse', what, async () => {
      await wait(ms)
      return Array.from({ length: 12 }, (_, month) => ({ month, revenue: 1000 + month }))
    })

  app.get('/reports/:year', async (req, res) => {
    const months = await ask('yearly report', WAREHOUSE_MS)
    res.json({ year: req.params.year, months })
  })

  app.get('/revenue/today', async (_req, res) => {
    const [today] = await ask('revenue today', READ_MS)
    res.json(today)
  })

  beside(app)
  return serve(app, port)
}
