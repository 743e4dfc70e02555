// A catalogue for resellers.
import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import { serve } from '../../lib/serve.mjs'

const ARTICLES = Array.from({ length: 16_000 }, (_, id) => ({
  id,
  name: `Article ${id}`,
  description: `What article ${id} is made of, where it comes from, and how it is best used. `.repeat(2),
  prices: { retail: id % 97, wholesale: (id % 97) * 0.7 },
}))

export function startCatalogue({ monitorConfig, port, beside }, { listed }) {
  const app = express()
  app.use(perfMonitor(monitorConfig))

  app.get('/articles', async (req, res) => {
    await wait(3)
    res.json({ articles: listed(ARTICLES, Number(req.query.page ?? 0)) })
  })

  app.get('/articles/:id', async (req, res) => {
    await wait(3)
    res.json(ARTICLES[Number(req.params.id)])
  })

  beside(app)
  return serve(app, port)
}
