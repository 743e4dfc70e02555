// A help desk on PostgreSQL: tickets of a customer, one ticket, and a note on it.
import { perfMonitor } from '@perf-monitor/fastify'
import Fastify from 'fastify'
import pg from 'pg'

const TICKETS = 800_000
const CUSTOMERS = 50_000 // 16 tickets each: fewer than a page, so that without an index all are read

export async function startHelpDesk({ monitorConfig, port, services, beside }, { index }) {
  const pool = new pg.Pool({ connectionString: services.postgres.url, max: 10 })
  await pool.query('CREATE TABLE tickets (id serial PRIMARY KEY, customer_id int, subject text, notes int DEFAULT 0)')
  await pool.query(
    `INSERT INTO tickets (customer_id, subject) SELECT 1 + n % ${CUSTOMERS}, 'ticket ' || n || repeat('.', 150) FROM generate_series(1, ${TICKETS}) n`,
  )
  if (index) await pool.query('CREATE INDEX ON tickets (customer_id)')
  await pool.query('ANALYZE')
  const app = Fastify()
  await app.register(perfMonitor, monitorConfig)

  app.get('/customers/:id/tickets', (request) => ticketsOf(pool, request.params.id))

  app.get('/tickets/:id', async (request) => {
    const { rows } = await pool.query('SELECT id, subject, notes FROM tickets WHERE id = $1', [request.params.id])
    return rows[0]
  })

  app.post('/tickets/:id/notes', async (request) => {
    await pool.query('UPDATE tickets SET notes = notes + 1 WHERE id = $1', [request.params.id])
    const { rows } = await pool.query('SELECT notes FROM tickets WHERE id = $1', [request.params.id])
    return rows[0]
  })

  beside(app)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return {
    url,
    async stop() {
      await app.close()
      await pool.end()
    },
  }
}

async function ticketsOf(pool, customer) {
  // the newest of a customer
  const { rows } = await pool.query(
    'SELECT id, subject FROM tickets WHERE customer_id = $1 ORDER BY id DESC LIMIT 20',
    [customer],
  )
  return rows
}
