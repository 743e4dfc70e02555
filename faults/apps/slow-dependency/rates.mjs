// A checkout that converts prices with the rates of another service.
import http from 'node:http'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import { serve } from '../../lib/serve.mjs'

const agent = new http.Agent({ keepAlive: true, maxSockets: 50 })

export function startCheckout({ monitorConfig, port, services, beside }, newRates) {
  const rates = newRates((currency) => getJson(`${services.upstream.url}/rates/${currency}`))
  const app = express()
  app.use(perfMonitor(monitorConfig))

  app.get('/price/:product', async (req, res) => {
    const product = Number(req.params.product)
    const rate = await rates(product % 2 === 0 ? 'USD' : 'GBP')
    res.json({ product, price: product * 1.5 * rate.value })
  })

  app.get('/products/:product', (req, res) => {
    res.json({ product: Number(req.params.product), name: `product ${req.params.product}` })
  })

  beside(app)
  return serve(app, port)
}

function getJson(url) {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve(JSON.parse(text)))
    })
    // the rates of the day
    request.on('error', reject)
  })
}
