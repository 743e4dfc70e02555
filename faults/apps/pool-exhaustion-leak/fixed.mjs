import { startLibrary } from './library.mjs'

export default function start(given) {
  return startLibrary(given, lend)
}

async function lend(pool, id) {
  const client = await pool.connect()
  try {
    const { rows } = await client.query('SELECT lent FROM books WHERE id = $1', [id])
    if (rows[0].lent) return false
    await client.query('UPDATE books SET lent = false WHERE id = $1', [id])
    return true
  } finally {
    client.release()
  }
}
