// For the back office.
import { Router } from 'express'
import { integer } from '../validate.js'

const DAY_MS = 86_400_000
const AFFINITY_ORDER_COUNT = 3000
const BATCH_SIZE = 500
const RESULT_COUNT = 20

/** @param {{ db: import('../database.js').Database }} services */
export function reportsRouter({ db }) {
  const router = Router()

  router.get('/sales', async (req, res) => {
    const days = integer(req.query.days, { name: 'days', max: 365, fallback: 7 })
    const sales = await db.all(
      `SELECT date(created_at / 1000, 'unixepoch') AS day, count(*) AS orders, sum(total_cents) AS cents
       FROM orders WHERE id > (SELECT max(id) - 2000 FROM orders) AND created_at > ? GROUP BY day ORDER BY day`,
      [Date.now() - days * DAY_MS],
    )
    res.json({ days, sales })
  })

  router.get('/low-stock', async (_req, res) => {
    res.json(await db.all('SELECT id, sku, name, stock FROM products ORDER BY stock, id LIMIT 50'))
  })

  router.get('/affinity', async (_req, res) => {
    const baskets = await recentBaskets(db)
    res.json({ orders: baskets.size, pairs: boughtTogether(baskets) })
  })

  return router
}

/** @returns {Promise<Map<number, number[]>>} the products of each of the latest orders */
async function recentBaskets(db) {
  const baskets = new Map()
  const { latest } = await db.get('SELECT max(id) AS latest FROM orders')
  for (let first = latest - AFFINITY_ORDER_COUNT + 1; first <= latest; first += BATCH_SIZE) {
    const sql = 'SELECT order_id, product_id FROM order_items WHERE order_id BETWEEN ? AND ?'
    for (const { order_id, product_id } of await db.all(sql, [first, first + BATCH_SIZE - 1])) {
      if (!baskets.has(order_id)) baskets.set(order_id, [])
      baskets.get(order_id).push(product_id)
    }
  }
  return baskets
}

// Planted: compares every product with every other one, in one go on the event loop. All other requests wait meanwhile. Counting the pairs
// order by order would take a hundredth of the time; a worker thread would at least not stop the shop.
function boughtTogether(baskets) {
  const ordersOf = new Map()
  for (const [orderId, productIds] of baskets) {
    for (const productId of productIds) ordersOf.set(productId, [...(ordersOf.get(productId) ?? []), orderId])
  }
  const pairs = []
  const products = [...ordersOf]
  for (const [index, [a, ordersOfA]] of products.entries()) {
    for (const [b, ordersOfB] of products.slice(index + 1)) {
      const both = ordersOfA.filter((orderId) => ordersOfB.includes(orderId)).length
      const either = new Set([...ordersOfA, ...ordersOfB]).size
      if (both > 1) pairs.push({ products: [a, b], orders: both, affinity: both / either })
    }
  }
  return pairs.sort((a, b) => b.affinity - a.affinity).slice(0, RESULT_COUNT)
}
