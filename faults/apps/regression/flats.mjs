// Flats to let. Ranking is switched to a new model while the app runs, by its operator.
import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import { serve } from '../../lib/serve.mjs'

const SEARCH_MS = 25

export function startFlats({ monitorConfig, port, beside }, { newModelMs }) {
  const app = express()
  let model = 'old'
  app.use(perfMonitor(monitorConfig))
  app.use(express.json())

  app.get('/flats', async (req, res) => {
    await wait(SEARCH_MS * (0.8 + 0.4 * Math.random()))
    if (model === 'new') await wait(newModelMs * (0.8 + 0.4 * Math.random()))
    res.json({ page: Number(req.query.page), flats: [1, 2, 3], viewers: Math.floor(500 * Math.random()) })
  })

  app.get('/flats/:id', async (req, res) => {
    await wait(5)
    res.json({ id: req.params.id, rooms: 3 })
  })

  app.put('/model', (req, res) => {
    model = req.body.model
    res.json({ model })
  })

  beside(app)
  return serve(app, port)
}
