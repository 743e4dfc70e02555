import { Router } from 'express'
import { HttpError } from '../http-error.js'
import { integer, text } from '../validate.js'

const MAX_QUANTITY = 20

/**
 * @param {{ db: import('../database.js').Database, upstream: import('../upstream-client.js').UpstreamClient }} services
 */
export function cartRouter({ db, upstream }) {
  const router = Router()

  router.get('/', async (req, res) => {
    res.json({ items: await cartItems(db, req.customer.id) })
  })

  router.post('/items', async (req, res) => {
    const productId = integer(req.body?.productId, { name: 'productId' })
    const quantity = integer(req.body?.quantity, { name: 'quantity', max: MAX_QUANTITY })
    const product = await db.get('SELECT stock FROM products WHERE id = ?', [productId])
    if (!product) throw new HttpError(404, 'No such product')
    if (product.stock < quantity) throw new HttpError(409, `Only ${product.stock} left`)
    await db.run(
      `INSERT INTO cart_items VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET quantity = excluded.quantity, updated_at = excluded.updated_at`,
      [req.customer.id, productId, quantity, Date.now()],
    )
    res.status(201).json({ productId, quantity })
  })

  router.delete('/items/:productId', async (req, res) => {
    const productId = integer(req.params.productId, { name: 'productId' })
    const sql = 'DELETE FROM cart_items WHERE customer_id = ? AND product_id = ?'
    const { changes } = await db.run(sql, [req.customer.id, productId])
    if (changes === 0) throw new HttpError(404, 'Not in the cart')
    res.sendStatus(204)
  })

  router.get('/shipping', async (req, res) => {
    const country = text(req.query.country, { name: 'country', pattern: /^[A-Z]{2}$/, expected: 'two capital letters' })
    const items = await cartItems(db, req.customer.id)
    res.json({ rates: await upstream.shippingRates({ itemCount: items.length, country }) })
  })

  return router
}

/**
 * @param {import('../database.js').Database} db
 * @param {number} customerId
 * @returns {Promise<{ product_id: number, quantity: number, price_cents: number }[]>}
 */
export function cartItems(db, customerId) {
  return db.all(
    `SELECT c.product_id, c.quantity, p.name, p.price_cents
     FROM cart_items c JOIN products p ON p.id = c.product_id WHERE c.customer_id = ?`,
    [customerId],
  )
}
