// Tickets for a theatre, on PostgreSQL: a seat is booked in a transaction, and the guest's card is checked by a service.
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import pg from 'pg'
import { serve } from '../../lib/serve.mjs'

export async function startTheatre({ monitorConfig, port, services, beside }, book) {
  const pool = new pg.Pool({ connectionString: services.postgres.url, max: 3 })
  await pool.query(`
    CREATE TABLE seats (id serial PRIMARY KEY, guest int);
    INSERT INTO seats (guest) SELECT NULL FROM generate_series(1, 2000);
  `)
  const app = express()
  app.use(perfMonitor(monitorConfig))
  app.use(express.json())

  app.post('/seats/:id/book', async (req, res) => {
    const checkCard = async (guest) => {
      const response = await fetch(`${services.upstream.url}/cards/${guest}`)
      return response.json()
    }
    const booked = await book(pool, { seat: Number(req.params.id), guest: Number(req.body.guest), checkCard })
    res.status(201).json(booked)
  })

  app.get('/halls', (_req, res) => {
    res.json({ halls: ['large', 'small'] })
  })

  beside(app)
  return serve(app, port, () => pool.end())
}
