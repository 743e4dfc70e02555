import { Router } from 'express'
import { HttpError } from '../http-error.js'
import { integer, text } from '../validate.js'
import { cartItems } from './cart.js'

const PAGE_SIZE = 80
const MAX_WAIT_SECONDS = 10
const HEARTBEAT_MS = 15_000 // proxies close connections that are silent for longer

/**
 * @param {{
 *   db: import('../database.js').Database,
 *   upstream: import('../upstream-client.js').UpstreamClient,
 *   events: import('../order-events.js').OrderEvents,
 *   closing: AbortSignal,
 * }} services `closing` aborts when the shop closes: waiting clients are answered then
 */
export function ordersRouter({ db, upstream, events, closing }) {
  const router = Router()

  // Planted: one query for the orders, one more for each order, and another one for each of its lines. Nobody notices with three orders in
  // a test database; a regular customer waits for 300 round trips. One JOIN would do.
  router.get('/', async (req, res) => {
    const sql = 'SELECT id, status, total_cents, created_at FROM orders WHERE customer_id = ? ORDER BY id DESC LIMIT ?'
    const orders = await db.all(sql, [req.customer.id, PAGE_SIZE])
    for (const order of orders) {
      order.items = await db.all('SELECT product_id, quantity FROM order_items WHERE order_id = ?', [order.id])
      for (const item of order.items) {
        item.product = await db.get('SELECT sku, name FROM products WHERE id = ?', [item.product_id])
      }
    }
    res.json({ orders })
  })

  router.post('/', async (req, res) => {
    const country = text(req.body?.country, { name: 'country', pattern: /^[A-Z]{2}$/, expected: 'two capital letters' })
    const items = await cartItems(db, req.customer.id)
    if (items.length === 0) throw new HttpError(400, 'The cart is empty')

    const [shipping] = await upstream.shippingRates({ itemCount: items.length, country })
    const totalCents = items.reduce((sum, item) => sum + item.quantity * item.price_cents, shipping.cents)
    const payment = await upstream.charge({ customerId: req.customer.id, cents: totalCents }) // planted: one in eight fails
    if (!payment.accepted) throw new HttpError(402, 'The card was declined')

    const orderId = await placeOrder(db, { customerId: req.customer.id, items, totalCents })
    events.publish({ orderId, customerId: req.customer.id, status: 'paid' })
    res.status(201).location(`/orders/${orderId}`).json({ id: orderId, totalCents })
  })

  // Long poll: `Prefer: wait=10` answers as soon as there is news after event `after`, or with 204 when there was none for ten seconds.
  router.get('/updates', async (req, res) => {
    const after = integer(req.query.after, { name: 'after', min: 0, fallback: events.lastId })
    const mine = (event) => event.customerId === req.customer.id
    const missed = events.after(after).filter(mine)
    if (missed.length > 0) return res.json({ events: missed })

    const answer = (event) => {
      stop()
      if (event) res.json({ events: [event] })
      else res.sendStatus(204)
    }
    const unsubscribe = events.subscribe((event) => mine(event) && answer(event))
    const timer = setTimeout(answer, preferredWaitMs(req))
    const giveUp = () => answer()
    const stop = () => {
      unsubscribe()
      clearTimeout(timer)
      closing.removeEventListener('abort', giveUp)
      res.off('close', stop)
    }
    closing.addEventListener('abort', giveUp)
    res.on('close', stop) // the client left
  })

  // Server-sent events: the customer's own orders, or all of them for staff.
  router.get('/events', (req, res) => {
    res.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' }).flushHeaders()
    const isVisible = (event) => req.customer.role === 'staff' || event.customerId === req.customer.id
    const unsubscribe = events.subscribe((event) => {
      if (isVisible(event)) res.write(`id: ${event.id}\nevent: order\ndata: ${JSON.stringify(event)}\n\n`)
    })
    const heartbeat = setInterval(() => res.write(': still here\n\n'), HEARTBEAT_MS)
    const end = () => res.end()
    closing.addEventListener('abort', end)
    res.on('close', () => {
      unsubscribe()
      clearInterval(heartbeat)
      closing.removeEventListener('abort', end)
    })
  })

  router.get('/:id', async (req, res) => {
    const id = integer(req.params.id, { name: 'id' })
    const order = await db.get('SELECT * FROM orders WHERE id = ? AND customer_id = ?', [id, req.customer.id])
    if (!order) throw new HttpError(404, 'No such order')
    const items = await db.all(
      `SELECT i.product_id, i.quantity, i.price_cents, p.sku, p.name
       FROM order_items i JOIN products p ON p.id = i.product_id WHERE i.order_id = ?`,
      [id],
    )
    res.json({ ...order, items })
  })

  return router
}

function preferredWaitMs(req) {
  const [, seconds = 0] = /\bwait=(\d{1,4})/.exec(req.get('prefer') ?? '') ?? []
  return Math.min(seconds, MAX_WAIT_SECONDS) * 1000
}

function placeOrder(db, { customerId, items, totalCents }) {
  return db.transaction('place order', (run) => {
    const order = [customerId, 'paid', totalCents, Date.now()]
    const sql = 'INSERT INTO orders (customer_id, status, total_cents, created_at) VALUES (?, ?, ?, ?)'
    const orderId = Number(run(sql, order).lastInsertRowid)
    for (const item of items) {
      run('INSERT INTO order_items VALUES (?, ?, ?, ?)', [orderId, item.product_id, item.quantity, item.price_cents])
      run('UPDATE products SET stock = max(stock - ?, 0) WHERE id = ?', [item.quantity, item.product_id])
    }
    run('DELETE FROM cart_items WHERE customer_id = ?', [customerId])
    return orderId
  })
}
