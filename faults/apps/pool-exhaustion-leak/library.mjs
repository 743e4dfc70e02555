// A library on PostgreSQL: who lends a book that is out already gets a no.
import { perfMonitor } from '@perf-monitor/fastify'
import Fastify from 'fastify'
import pg from 'pg'

export async function startLibrary({ monitorConfig, port, services, beside }, lend) {
  const pool = new pg.Pool({ connectionString: services.postgres.url, max: 10, connectionTimeoutMillis: 3000 })
  await pool.query(`
    CREATE TABLE books (id serial PRIMARY KEY, lent boolean NOT NULL DEFAULT false);
    INSERT INTO books (lent) SELECT n % 60 = 0 FROM generate_series(1, 1000) n;
  `)
  const app = Fastify()
  await app.register(perfMonitor, monitorConfig)

  app.post('/books/:id/lend', async (request, reply) => {
    const lent = await lend(pool, Number(request.params.id))
    if (!lent) reply.code(409)
    return { lent }
  })

  app.get('/opening-hours', () => ({ from: 9, to: 18 }))

  beside(app)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return { url, stop: () => app.close() }
}
