// Public: browsing, searching, and the whole catalog as a download.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Router } from 'express'
import { HttpError } from '../http-error.js'
import { integer, text } from '../validate.js'

const PAGE_SIZE = 24
const EXPORT_BATCH_SIZE = 100 // small enough that one batch never blocks the event loop noticeably

/** @param {{ db: import('../database.js').Database }} services */
export function catalogRouter({ db }) {
  const router = Router()

  router.get('/categories', async (_req, res) => {
    res.json(await db.all('SELECT id, name FROM categories ORDER BY id'))
  })

  router.get('/products', async (req, res) => {
    const page = integer(req.query.page, { name: 'page', max: 1000, fallback: 1 })
    const categoryId = integer(req.query.category, { name: 'category', fallback: 1 })
    const products = await db.all(
      'SELECT id, name, price_cents FROM products WHERE category_id = ? ORDER BY id LIMIT ? OFFSET ?',
      [categoryId, PAGE_SIZE, (page - 1) * PAGE_SIZE],
    )
    res.json({ page, products })
  })

  router.get('/products/:id', async (req, res) => {
    const id = integer(req.params.id, { name: 'id' })
    const product = await db.get('SELECT * FROM products WHERE id = ?', [id])
    if (!product) throw new HttpError(404, 'No such product')
    res.json(product)
  })

  router.get('/search', async (req, res) => {
    const query = text(req.query.q, {
      name: 'q',
      pattern: /^[\p{L}\d ]{2,40}$/u,
      expected: '2 to 40 letters or digits',
    })
    const products = await db.all(
      'SELECT id, name, price_cents FROM products WHERE name LIKE ? ORDER BY name LIMIT ?',
      [`${query}%`, PAGE_SIZE],
    )
    res.json({ products })
  })

  // Batch after batch, as fast as the client reads and no faster: memory stays flat however large the catalog is.
  router.get('/products.csv', async (_req, res) => {
    res.attachment('products.csv')
    try {
      await pipeline(Readable.from(productLines(db)), res)
    } catch (error) {
      if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error // the client left: nothing to answer
    }
  })

  return router
}

async function* productLines(db) {
  yield 'sku,name,price,stock,description\r\n'
  let lastId = 0
  for (;;) {
    const products = await db.all('SELECT * FROM products WHERE id > ? ORDER BY id LIMIT ?', [
      lastId,
      EXPORT_BATCH_SIZE,
    ])
    if (products.length === 0) return
    lastId = products.at(-1).id
    yield products.map((row) => `${csvFields(row).join(',')}\r\n`).join('')
  }
}

function csvFields({ sku, name, price_cents, stock, description }) {
  return [sku, name, (price_cents / 100).toFixed(2), stock, `"${description.replaceAll('"', '""')}"`]
}
