// A shop on PostgreSQL: orders with their lines, and a monthly statement.
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import pg from 'pg'
import { serve } from '../../lib/serve.mjs'

const CUSTOMERS = 50
const ORDERS_EACH = 40

export async function startShop({ monitorConfig, port, services, beside }, { ordersOf, statementOf }) {
  const pool = new pg.Pool({ connectionString: services.postgres.url, max: 10 })
  await createTables(pool)
  const app = express()
  app.use(perfMonitor(monitorConfig))

  app.get('/customers/:id/orders', async (req, res) => {
    res.json({ asOf: Date.now(), orders: await ordersOf(pool, Number(req.params.id)) })
  })

  app.get('/customers/:id/statement', async (req, res) => {
    const { rows } = await pool.query('SELECT id, placed_at FROM orders WHERE customer_id = $1 LIMIT 5', [
      req.params.id,
    ])
    res.json({ orders: rows.length, checksum: statementOf(rows) })
  })

  app.get('/customers/:id', async (req, res) => {
    const { rows } = await pool.query('SELECT count(*) AS orders FROM orders WHERE customer_id = $1', [req.params.id])
    res.json({ id: Number(req.params.id), orders: Number(rows[0].orders) })
  })

  beside(app)
  return serve(app, port, () => pool.end())
}

async function createTables(pool) {
  await pool.query(`
    CREATE TABLE orders (id serial PRIMARY KEY, customer_id int NOT NULL, placed_at timestamptz NOT NULL DEFAULT now());
    CREATE TABLE order_lines (id serial PRIMARY KEY, order_id int NOT NULL, sku text NOT NULL, quantity int NOT NULL);
    INSERT INTO orders (customer_id) SELECT 1 + n % ${CUSTOMERS} FROM generate_series(1, ${CUSTOMERS * ORDERS_EACH}) n;
    INSERT INTO order_lines (order_id, sku, quantity) SELECT id, 'sku-' || id % 97, 1 + id % 5 FROM orders;
    CREATE INDEX ON orders (customer_id);
    CREATE INDEX ON order_lines (order_id);
    ANALYZE;
  `)
}
