// Marks of exams: each is checked with a service that answers in 35 ms, whatever else goes on.
import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import { serve } from '../../lib/serve.mjs'

const CHECK_MS = 35

export function startExams({ monitorConfig, port, beside }, { guarded }) {
  const app = express()
  app.use(perfMonitor(monitorConfig))
  app.use(express.json())

  app.post('/exams/:id/marks', async (req, res) => {
    const isValid = await guarded(req.params.id, () => checked(req.body.mark))
    res.status(isValid ? 201 : 422).json({ isValid })
  })

  app.get('/exams/:id', async (req, res) => {
    await wait(4)
    res.json({ id: req.params.id, marks: 30 })
  })

  beside(app)
  return serve(app, port)
}

async function checked(mark) {
  await wait(CHECK_MS * (0.9 + 0.2 * Math.random()))
  return mark >= 1 && mark <= 6
}
