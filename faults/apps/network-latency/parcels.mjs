// Parcels: where they are is asked from the carrier, whose address a service directory knows.
import { request } from 'node:http'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import { serve } from '../../lib/serve.mjs'

const DIRECTORY_MS = 650

export function startParcels({ monitorConfig, port, services, beside }, { agent }) {
  const app = express()
  app.use(perfMonitor(monitorConfig))
  const carrier = new URL(services.upstream.url)

  app.get('/parcels/:id', async (req, res) => {
    res.json(await ask({ host: 'carrier.internal', port: carrier.port, path: `/parcels/${req.params.id}`, agent }))
  })

  app.get('/depots', (_req, res) => res.json({ depots: ['north', 'south'] }))

  beside(app)
  return serve(app, port, () => agent.destroy())
}

/** The directory answers slowly; a name resolver of `node:net`'s shape. */
export function slowLookup(_host, options, callback) {
  setTimeout(() => {
    if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }])
    else callback(null, '127.0.0.1', 4)
  }, DIRECTORY_MS)
}

function ask(options) {
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      const chunks = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())))
    })
    sent.on('error', reject)
    sent.end()
  })
}
