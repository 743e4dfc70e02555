// Tickets for concerts: seats on PostgreSQL, payments by a bank that has a bad day.
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import pg from 'pg'
import { serve } from '../../lib/serve.mjs'

const SEATS = 2000

export async function startTickets({ monitorConfig, port, services, beside }, { reserve, pay }) {
  const pool = new pg.Pool({ connectionString: services.postgres.url, max: 5 })
  await pool.query(`
    CREATE TABLE seats (id int PRIMARY KEY, holder text);
    INSERT INTO seats (id) SELECT generate_series(1, ${SEATS});
  `)
  const app = express()
  app.use(perfMonitor(monitorConfig))
  app.use(express.json())

  app.post('/seats/:id/reservation', async (req, res) => {
    const isReserved = await reserve(pool, { seat: Number(req.params.id), notifier: services.upstream.url })
    res.status(isReserved ? 201 : 409).json({ reserved: isReserved })
  })

  app.post('/payments', async (req, res) => {
    const payment = await pay(services.upstream.url, req.body)
    if (payment === null) res.status(502).json({ error: 'the bank does not answer' })
    else res.status(201).json(payment)
  })

  app.get('/seats/:id', async (req, res) => {
    const { rows } = await pool.query('SELECT holder FROM seats WHERE id = $1', [req.params.id])
    res.json({ free: rows[0]?.holder === null })
  })

  beside(app)
  return serve(app, port, () => pool.end())
}
