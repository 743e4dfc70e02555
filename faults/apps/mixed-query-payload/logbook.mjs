// A ship's logbook on PostgreSQL: search by vessel, and the whole voyage for a map.
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import pg from 'pg'
import { serve } from '../../lib/serve.mjs'

const ENTRIES = 1_000_000

export async function startLogbook({ monitorConfig, port, services, beside }, { index, paceOf, voyageOf }) {
  const pool = new pg.Pool({ connectionString: services.postgres.url, max: 10 })
  await pool.query(`
    CREATE TABLE entries (id serial PRIMARY KEY, vessel text NOT NULL, knots real NOT NULL, note text NOT NULL);
    INSERT INTO entries (vessel, knots, note)
      SELECT 'vessel ' || n % 2000, n % 23, 'all well on board, wind from the west, entry ' || n
      FROM generate_series(1, ${ENTRIES}) n;
    ${index}
    ANALYZE entries;
  `)
  const app = express()
  app.use(perfMonitor(monitorConfig))

  app.get('/vessels/:id/pace', async (req, res) =>
    res.json({ asOf: Date.now(), pace: await paceOf(pool, `vessel ${req.params.id}`) }),
  )

  app.get('/voyages/:id', (req, res) => res.json(voyageOf(Number(req.params.id))))

  app.get('/entries/:id', async (req, res) => {
    const { rows } = await pool.query('SELECT vessel, knots, note FROM entries WHERE id = $1', [req.params.id])
    res.json(rows[0] ?? null)
  })

  beside(app)
  return serve(app, port, () => pool.end())
}
