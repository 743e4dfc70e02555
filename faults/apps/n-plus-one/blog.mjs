// A blog on PostgreSQL: posts by tag, each with its author.
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import pg from 'pg'
import { serve } from '../../lib/serve.mjs'

export async function startBlog({ monitorConfig, port, services, beside }, postsOf) {
  const pool = new pg.Pool({ connectionString: services.postgres.url, max: 10 })
  await pool.query(`
    CREATE TABLE authors (id serial PRIMARY KEY, name text NOT NULL);
    CREATE TABLE posts (id serial PRIMARY KEY, tag int NOT NULL, author_id int NOT NULL, title text NOT NULL);
    INSERT INTO authors (name) SELECT 'author ' || n FROM generate_series(1, 200) n;
    INSERT INTO posts (tag, author_id, title) SELECT 1 + n % 40, 1 + n % 200, 'post ' || n FROM generate_series(1, 1400) n;
    CREATE INDEX ON posts (tag);
    ANALYZE;
  `)
  const app = express()
  app.use(perfMonitor(monitorConfig))

  app.get('/tags/:tag/posts', async (req, res) => {
    res.json(await postsOf(pool, req.params.tag))
  })

  app.get('/authors/:id', async (req, res) => {
    const { rows } = await pool.query('SELECT id, name FROM authors WHERE id = $1', [1 + (Number(req.params.id) % 200)])
    res.json(rows[0])
  })

  beside(app)
  return serve(app, port, () => pool.end())
}
