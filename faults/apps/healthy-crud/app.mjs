// To-do lists on PostgreSQL: read, add, tick off, delete; what most services do all day.
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import pg from 'pg'
import { serve } from '../../lib/serve.mjs'

const LISTS = 300

export default async function start({ monitorConfig, port, services, beside }) {
  const pool = new pg.Pool({ connectionString: services.postgres.url, max: 10 })
  await pool.query(`
    CREATE TABLE todos (id serial PRIMARY KEY, list_id int NOT NULL, text text NOT NULL, done boolean NOT NULL DEFAULT false);
    CREATE INDEX ON todos (list_id);
    INSERT INTO todos (list_id, text) SELECT 1 + n % ${LISTS}, 'thing ' || n FROM generate_series(1, ${LISTS * 10}) n;
  `)
  const app = express()
  app.use(perfMonitor(monitorConfig))
  app.use(express.json())

  app.get('/lists/:list', async (req, res) => {
    const { rows } = await pool.query('SELECT id, text, done FROM todos WHERE list_id = $1 ORDER BY id LIMIT 20', [
      req.params.list,
    ])
    res.json({ todos: rows })
  })

  app.post('/lists/:list', async (req, res) => {
    const { rows } = await pool.query('INSERT INTO todos (list_id, text) VALUES ($1, $2) RETURNING id', [
      req.params.list,
      req.body.text,
    ])
    res.status(201).json(rows[0])
  })

  app.put('/todos/:id/done', async (req, res) => {
    const client = await pool.connect()
    try {
      await client.query('BEGIN')
      const { rows } = await client.query('SELECT id FROM todos WHERE id = $1 FOR UPDATE', [req.params.id])
      if (rows.length > 0) await client.query('UPDATE todos SET done = true WHERE id = $1', [req.params.id])
      await client.query('COMMIT')
      res.status(rows.length > 0 ? 200 : 404).json({ done: rows.length > 0 })
    } finally {
      client.release()
    }
  })

  app.delete('/todos/:id', async (req, res) => {
    await pool.query('DELETE FROM todos WHERE id = $1', [req.params.id])
    res.status(204).end()
  })

  beside(app)
  return serve(app, port, () => pool.end())
}
