import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/fastify'
import fastify from 'fastify'

const LINES = 150

export async function startBilling({ monitorConfig, port, beside }, { audit }) {
  const app = fastify()
  await app.register(perfMonitor, monitorConfig)
  app.post('/invoices', async (request) => {
    await wait(4)
    const invoice = makeInvoice(request.body)
    audit(invoice)
    return { number: invoice.number, total: invoice.total }
  })
  app.get('/invoices/:id', async (request) => {
    await wait(4)
    return makeInvoice({ customer: request.params.id })
  })
  beside(app)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return { url, stop: async () => app.close() }
}

let next = 1
function makeInvoice({ customer }) {
  const lines = Array.from({ length: LINES }, (_, i) => ({
    position: i,
    text: `Service ${i} for ${customer}`,
    cents: i * 99,
  }))
  return { number: next++, customer, lines, total: lines.reduce((sum, { cents }) => sum + cents, 0) }
}
