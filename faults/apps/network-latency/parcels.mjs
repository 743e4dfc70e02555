// Parcels: where they are is asked from the carrier.
import { request } from 'node:http'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import { serve } from '../../lib/serve.mjs'

export function startParcels({ monitorConfig, port, services, beside }, { agent }) {
  const app = express()
  app.use(perfMonitor(monitorConfig))
  const { hostname, port: carrierPort } = new URL(services.upstream.url)

  app.get('/parcels/:id', async (req, res) => {
    res.json(await ask({ hostname, port: carrierPort, path: `/parcels/${req.params.id}`, agent }))
  })

  app.get('/depots', (_req, res) => res.json({ depots: ['north', 'south'] }))

  beside(app)
  return serve(app, port, () => agent.destroy())
}

function ask(options) {
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      const chunks = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())))
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end()
  })
}
