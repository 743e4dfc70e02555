import { Router } from 'express'
import { requireStaff } from '../authentication.js'
import { HttpError } from '../http-error.js'
import { integer, text } from '../validate.js'

/** @param {{ db: import('../database.js').Database }} services */
export function customersRouter({ db }) {
  const router = Router()

  router.get('/me', async (req, res) => {
    const [profile, orders] = await Promise.all([
      findCustomer(db, req.customer.id),
      db.get('SELECT count(*) AS count, sum(total_cents) AS total_cents FROM orders WHERE customer_id = ?', [
        req.customer.id,
      ]),
    ])
    res.json({ ...profile, orders })
  })

  router.patch('/me', async (req, res) => {
    const email = text(req.body?.email, {
      name: 'email',
      pattern: /^[^\s@]{1,64}@[^\s@]{1,190}$/,
      expected: 'an e-mail address',
    })
    await db.run('UPDATE customers SET email = ? WHERE id = ?', [email, req.customer.id])
    res.json({ email })
  })

  router.get('/:id', requireStaff, async (req, res) => {
    const customer = await findCustomer(db, integer(req.params.id, { name: 'id' }))
    if (!customer) throw new HttpError(404, 'No such customer')
    res.json(customer)
  })

  return router
}

const findCustomer = (db, id) => db.get('SELECT id, name, email, role FROM customers WHERE id = ?', [id])
