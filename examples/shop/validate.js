import { HttpError } from './http-error.js'

/**
 * A whole number from a path, a query or a body; 400 when it is none.
 *
 * @param {unknown} value
 * @param {{ name: string, min?: number, max?: number, fallback?: number }} options without `fallback` it is required
 * @returns {number}
 */
export function integer(value, { name, min = 1, max = Number.MAX_SAFE_INTEGER, fallback }) {
  if (value === undefined && fallback !== undefined) return fallback
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value
  if (Number.isSafeInteger(number) && number >= min && number <= max) return number
  throw new HttpError(400, `${name} must be a whole number from ${min} to ${max}`)
}

/**
 * @param {unknown} value
 * @param {{ name: string, pattern: RegExp, expected: string }} options
 * @returns {string}
 */
export function text(value, { name, pattern, expected }) {
  if (typeof value === 'string' && pattern.test(value)) return value
  throw new HttpError(400, `${name} must be ${expected}`)
}
