// Forms of a town: applications are checked and filed.
import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import { serve } from '../../lib/serve.mjs'

export function startForms({ monitorConfig, port, beside }, { parsed }) {
  const app = express()
  app.use(perfMonitor(monitorConfig))
  app.use(express.json())

  app.post('/applications', async (req, res) => {
    await wait(8)
    const application = parsed(req.body)
    res.status(application === null ? 422 : 201).json({ application })
  })

  app.get('/applications/:id', async (req, res) => {
    await wait(5)
    res.json({ id: req.params.id, state: 'filed' })
  })

  app.use((_error, _req, res, _next) => res.status(500).json({ error: 'something went wrong' }))
  beside(app)
  return serve(app, port)
}
