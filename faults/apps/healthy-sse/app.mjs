// Prices of a market as server-sent events: clients stay connected for as long as they like.
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import { serve } from '../../lib/serve.mjs'

const SYMBOLS = ['AAL', 'BHP', 'CRH', 'DGE', 'EXPN']
const TICK_MS = 500

export default function start({ monitorConfig, port, beside }) {
  const app = express()
  const watchers = new Set()
  const prices = new Map(SYMBOLS.map((symbol) => [symbol, 100]))
  app.use(perfMonitor(monitorConfig))

  app.get('/prices/stream', (_req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    watchers.add(res)
    res.once('close', () => watchers.delete(res))
  })

  app.get('/prices/:symbol', (req, res) => {
    const price = prices.get(SYMBOLS[Number(req.params.symbol) % SYMBOLS.length])
    res.json({ price })
  })

  const ticking = setInterval(() => {
    for (const [symbol, price] of prices) prices.set(symbol, price * (0.99 + 0.02 * Math.random()))
    const event = `data: ${JSON.stringify(Object.fromEntries(prices))}\n\n`
    for (const watcher of watchers) watcher.write(event)
  }, TICK_MS)

  beside(app)
  return serve(app, port, () => clearInterval(ticking))
}
