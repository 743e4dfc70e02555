// The same shop in every run: about 13,000 rows from one seed, written in a fraction of a second.
import { createHash } from 'node:crypto'
import { createRandom } from './random.js'

export const CATEGORY_COUNT = 12
export const PRODUCT_COUNT = 1000
export const CUSTOMER_COUNT = 400
const ORDER_COUNT = 3000
export const STAFF_TOKEN = 'demo-staff'

const SEED = 42
const ORDERS_SINCE_MS = 90 * 86_400_000
const STAFF_ID = CUSTOMER_COUNT + 1

const CATEGORIES = 'Coffee Tea Kitchen Garden Lighting Desks Chairs Textiles Toys Books Outdoor Bathroom'.split(' ')
const ADJECTIVES = 'Plain Nordic Round Tall Folding Soft Heavy Little Bright Quiet Sturdy Woven'.split(' ')
const MATERIALS = 'Oak Linen Steel Ceramic Cotton Glass Copper Bamboo Wool Cork'.split(' ')
const NOUNS = 'Lamp Mug Kettle Stool Blanket Basket Tray Clock Shelf Bowl Planter Board Cushion Rack Jar'.split(' ')
const NAMES = 'Ada Ben Chloe David Elif Femi Grace Hiro Ines Jonas Kofi Lena Marek Nora Omar Priya'.split(' ')

/** @param {number} customerId 1 to CUSTOMER_COUNT */
export const customerToken = (customerId) => `demo-customer-${customerId}`

/** What is stored of a token: who reads the table cannot sign in. */
export const hashToken = (token) => createHash('sha256').update(token).digest('hex')

/** @param {import('node-sqlite3-wasm').Database} engine */
export function seed(engine) {
  const random = createRandom(SEED)
  engine.exec('BEGIN')

  insert(engine, 'INSERT INTO categories VALUES (?, ?)', (run) => {
    for (let id = 1; id <= CATEGORY_COUNT; id++) run([id, CATEGORIES[id - 1]])
  })

  const prices = [0]
  insert(engine, 'INSERT INTO products VALUES (?, ?, ?, ?, ?, ?, ?)', (run) => {
    for (let id = 1; id <= PRODUCT_COUNT; id++) {
      prices.push(random.integer(299, 24_900))
      const sku = `SKU-${String(id).padStart(5, '0')}`
      const name = `${random.pick(ADJECTIVES)} ${random.pick(MATERIALS)} ${random.pick(NOUNS)}`
      const description = `${name}, made to last. ${'Care: wipe with a damp cloth. '.repeat(random.integer(2, 8))}`
      run([id, random.integer(1, CATEGORY_COUNT), sku, name, description, prices[id], random.integer(0, 500)])
    }
  })

  insert(engine, 'INSERT INTO customers VALUES (?, ?, ?, ?, ?)', (run) => {
    for (let id = 1; id <= CUSTOMER_COUNT; id++) {
      const name = `${random.pick(NAMES)} ${id}`
      run([id, name, `customer${id}@shop.example`, 'customer', hashToken(customerToken(id))])
    }
    run([STAFF_ID, 'Back office', 'office@shop.example', 'staff', hashToken(STAFF_TOKEN)])
  })

  const baskets = Array.from({ length: ORDER_COUNT }, () => randomBasket(random))
  insert(engine, 'INSERT INTO orders VALUES (?, ?, ?, ?, ?)', (run) => {
    const now = Date.now()
    for (const [index, basket] of baskets.entries()) {
      const totalCents = basket.reduce((sum, { productId, quantity }) => sum + prices[productId] * quantity, 0)
      const ageMs = Math.round((1 - index / ORDER_COUNT) * ORDERS_SINCE_MS)
      run([index + 1, regularCustomer(random), 'shipped', totalCents, now - ageMs])
    }
  })
  insert(engine, 'INSERT INTO order_items VALUES (?, ?, ?, ?)', (run) => {
    for (const [index, basket] of baskets.entries()) {
      for (const { productId, quantity } of basket) run([index + 1, productId, quantity, prices[productId]])
    }
  })

  engine.exec('COMMIT')
}

function insert(engine, sql, writeRows) {
  const statement = engine.prepare(sql)
  writeRows((row) => statement.run(row))
  statement.finalize()
}

function randomBasket(random) {
  const quantities = new Map()
  for (let n = random.integer(1, 5); n > 0; n--) quantities.set(random.integer(1, PRODUCT_COUNT), random.integer(1, 3))
  return [...quantities].map(([productId, quantity]) => ({ productId, quantity }))
}

/** Few customers order often and many rarely: the lower the number, the more orders. */
export const regularCustomer = (random) => 1 + Math.floor(random.next() ** 3 * CUSTOMER_COUNT)
