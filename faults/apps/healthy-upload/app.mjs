// Photos are uploaded: megabytes that come in at the pace of the client's line, and go to a store.
import { createHash } from 'node:crypto'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import { serve } from '../../lib/serve.mjs'

const KEPT = 200

export default function start({ monitorConfig, port, beside }) {
  const app = express()
  const photos = new Map()
  app.use(perfMonitor(monitorConfig))

  app.put('/photos/:name', async (req, res) => {
    const hash = createHash('sha1')
    let bytes = 0
    for await (const chunk of req) {
      hash.update(chunk)
      bytes += chunk.length
    }
    photos.set(req.params.name, { bytes, digest: hash.digest('hex') })
    if (photos.size > KEPT) photos.delete(photos.keys().next().value)
    res.status(201).json(photos.get(req.params.name))
  })

  app.get('/photos', (_req, res) => res.json({ photos: [...photos.keys()].slice(-20) }))

  beside(app)
  return serve(app, port)
}
