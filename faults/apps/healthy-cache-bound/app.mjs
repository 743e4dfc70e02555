// Article pages are kept in a cache of 1,500 entries: memory grows until it is full, and then no more.
import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import { serve } from '../../lib/serve.mjs'

const MAX_PAGES = 1500
const PARAGRAPHS = 400
const RENDER_MS = 2

export default function start({ monitorConfig, port, beside }) {
  const app = express()
  const pages = new Map()
  app.use(perfMonitor(monitorConfig))

  app.get('/articles/:id', async (req, res) => {
    const { id } = req.params
    if (!pages.has(id)) {
      await wait(RENDER_MS)
      pages.set(id, rendered(id))
      if (pages.size > MAX_PAGES) pages.delete(pages.keys().next().value)
    }
    res.json({ id, paragraphs: pages.get(id).length })
  })

  beside(app)
  return serve(app, port)
}

function rendered(id) {
  return Array.from({ length: PARAGRAPHS }, (_, i) => ({ id: `${id}-${i}`, text: `Paragraph ${i} of article ${id}` }))
}
