// Parcels and where they are, as the carrier says.
import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import { serve } from '../../lib/serve.mjs'

export function startParcels({ monitorConfig, port, services, beside }, { attempts, pauseMs }) {
  const app = express()
  app.use(perfMonitor(monitorConfig))

  async function ask(parcel) {
    for (let attempt = 1; ; attempt++) {
      // where is it
      const response = await fetch(`${services.upstream.url}/parcels/${parcel}`)
      if (response.ok) return response.json()
      await response.body?.cancel()
      if (attempt >= attempts) return { place: 'unknown' }
      await wait(pauseMs)
    }
  }

  app.get('/parcels/:id', async (req, res) => {
    res.json(await ask(req.params.id))
  })

  app.get('/carriers', (_req, res) => {
    res.json(['north', 'south'])
  })

  beside(app)
  return serve(app, port)
}
