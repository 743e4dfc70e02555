// A trip on one page: weather, trains and hotels, from one partner, through one helper.
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import { serve } from '../../lib/serve.mjs'

export function startTrips({ monitorConfig, port, services, beside }, tripTo) {
  const app = express()
  app.use(perfMonitor(monitorConfig))

  async function ask(path) {
    const response = await fetch(services.upstream.url + path)
    if (!response.ok) throw new Error(`${path} answers ${response.status}`)
    return response.json()
  }

  app.get('/trips/:city', tripTo(ask))

  app.get('/cities', (_req, res) => {
    res.json(['Bonn', 'Ulm'])
  })

  beside(app)
  return serve(app, port)
}
