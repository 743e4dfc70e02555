import { startShop } from './shop.mjs'

export default function start(given) {
  return startShop(given, { ordersOf, statementOf })
}

async function ordersOf(pool, customer) {
  const { rows: orders } = await pool.query('SELECT id, placed_at FROM orders WHERE customer_id = $1', [customer])
  const { rows: lines } = await pool.query('SELECT order_id, sku, quantity FROM order_lines WHERE order_id = ANY($1)', [
    orders.map(({ id }) => id),
  ])
  for (const order of orders) order.lines = lines.filter((line) => line.order_id === order.id)
  return orders
}

function statementOf(orders) {
  return orders.length
}
