// A link shortener: half of what is asked for does not exist (any more), and bots try what others have.
import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import { serve } from '../../lib/serve.mjs'

const LINKS = 500
const LOOK_UP_MS = 3

export default function start({ monitorConfig, port, beside }) {
  const app = express()
  app.use(perfMonitor(monitorConfig))
  app.use(express.json())

  app.get('/l/:code', async (req, res) => {
    await wait(LOOK_UP_MS)
    if (Number(req.params.code) > LINKS) res.status(404).json({ error: 'no such link' })
    else res.redirect(302, `https://example.com/${req.params.code}`)
  })

  app.post('/links', (req, res) => {
    if (!/^https?:/.test(req.body.url)) res.status(422).json({ error: 'not an address' })
    else res.status(201).json({ code: 1 })
  })

  app.delete('/links/:code', (_req, res) => res.status(401).json({ error: 'sign in first' }))

  beside(app)
  return serve(app, port)
}
