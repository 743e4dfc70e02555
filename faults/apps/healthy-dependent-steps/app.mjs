// A checkout: each step needs the answer of the one before, so none of them could run at once.
import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import { serve } from '../../lib/serve.mjs'

export default function start({ monitorConfig, port, beside }) {
  const app = express()
  const perf = perfMonitor(monitorConfig)
  app.use(perf)
  app.use(express.json())
  const services = perf.monitor.instrument('services', {
    async session(token) {
      await wait(2)
      return { customer: token % 100 }
    },
    async basket(customer) {
      await wait(4)
      return { customer, items: [1, 2, 3] }
    },
    async placeOrder(basket) {
      await wait(35)
      return { order: basket.customer + 1, total: 30 }
    },
  })

  app.post('/checkout/:token', async (req, res) => {
    const { customer } = await services.session(Number(req.params.token))
    const basket = await services.basket(customer)
    res.status(201).json(await services.placeOrder(basket))
  })

  app.get('/basket/:token', async (req, res) => {
    const { customer } = await services.session(Number(req.params.token))
    res.json(await services.basket(customer))
  })

  beside(app)
  return serve(app, port)
}
