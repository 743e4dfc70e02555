// Meters report every ten seconds, all at once: much for a moment, nothing in between.
import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import { serve } from '../../lib/serve.mjs'

const KEPT = 5000
const STORE_MS = 8

export default function start({ monitorConfig, port, beside }) {
  const app = express()
  const readings = []
  const perf = perfMonitor(monitorConfig)
  const store = (reading) =>
    perf.monitor.track('store', 'append reading', async () => {
      await wait(STORE_MS)
      readings.push(reading)
      if (readings.length > KEPT) readings.splice(0, KEPT / 2)
    })
  app.use(perf)
  app.use(express.json())

  app.post('/meters/:id/readings', async (req, res) => {
    await store({ meter: req.params.id, kwh: req.body.kwh, at: Date.now() })
    res.status(201).json({ stored: true })
  })

  app.get('/meters/:id', (req, res) => {
    res.json({ latest: readings.filter(({ meter }) => meter === req.params.id).at(-1) ?? null })
  })

  beside(app)
  return serve(app, port)
}
