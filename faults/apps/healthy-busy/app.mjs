// Product feeds for partners: a little filtering, sorting and JSON in each of many requests; busy, and quick all the same.
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import { serve } from '../../lib/serve.mjs'

const PRODUCTS = Array.from({ length: 1500 }, (_, id) => ({
  id,
  name: `Product ${id}`,
  price: (id * 7919) % 1000,
  tags: [`t${id % 10}`, `t${id % 17}`],
}))

export default function start({ monitorConfig, port, beside }) {
  const app = express()
  app.use(perfMonitor(monitorConfig))

  app.get('/feeds/:tag', (req, res) => {
    const tag = `t${Number(req.params.tag) % 17}`
    const products = PRODUCTS.filter(({ tags }) => tags.includes(tag)).sort((a, b) => a.price - b.price)
    res.json({ tag, products })
  })

  app.get('/search/:text', (req, res) => {
    const words = req.params.text.toLowerCase()
    const products = PRODUCTS.filter(({ name }) => name.toLowerCase().includes(words)).slice(0, 30)
    res.json({ products })
  })

  app.get('/stats', (_req, res) => {
    const byTag = new Map()
    for (const { tags, price } of PRODUCTS) {
      for (const tag of tags) byTag.set(tag, (byTag.get(tag) ?? 0) + price)
    }
    res.json(Object.fromEntries(byTag))
  })

  beside(app)
  return serve(app, port)
}
