import { HttpError } from './http-error.js'
import { hashToken } from './seed.js'

/**
 * Turns requests without a known token away with 401, before any router sees them; the others get `req.customer`.
 *
 * @param {import('./database.js').Database} db
 * @returns {import('express').RequestHandler}
 */
export function authentication(db) {
  return async function authenticate(req, res, next) {
    const [, token] = /^Bearer (\S{1,200})$/.exec(req.get('authorization') ?? '') ?? []
    const customer =
      token && (await db.get('SELECT id, name, role FROM customers WHERE token_hash = ?', [hashToken(token)]))
    if (!customer) {
      res.set('WWW-Authenticate', 'Bearer')
      throw new HttpError(401, 'Send a known token: Authorization: Bearer …')
    }
    req.customer = customer
    next()
  }
}

/** @type {import('express').RequestHandler} */
export function requireStaff(req, _res, next) {
  if (req.customer.role !== 'staff') throw new HttpError(403, 'For staff only')
  next()
}
