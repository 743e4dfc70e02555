// A chat whose clients ask for news and are kept waiting until there is some, or for 15 seconds.
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import { serve } from '../../lib/serve.mjs'

const POLL_LIMIT_MS = 15_000

export default function start({ monitorConfig, port, beside }) {
  const app = express()
  const rooms = new Map()
  app.use(perfMonitor(monitorConfig))
  app.use(express.json())

  app.get('/rooms/:room/news', (req, res) => {
    const waiting = waitingIn(req.params.room)
    const limit = setTimeout(() => answer([]), POLL_LIMIT_MS)
    const answer = (messages) => {
      clearTimeout(limit)
      waiting.delete(answer)
      res.json({ messages })
    }
    waiting.add(answer)
    res.once('close', () => {
      clearTimeout(limit)
      waiting.delete(answer)
    })
  })

  app.post('/rooms/:room/messages', (req, res) => {
    for (const answer of [...waitingIn(req.params.room)]) answer([req.body.text])
    res.status(201).json({ sent: true })
  })

  function waitingIn(room) {
    if (!rooms.has(room)) rooms.set(room, new Set())
    return rooms.get(room)
  }

  beside(app)
  return serve(app, port)
}
