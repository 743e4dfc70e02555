import { startTheatre } from './seats.mjs'

export default function start(given) {
  return startTheatre(given, book)
}

async function book(pool, { seat, guest, checkCard }) {
  const card = await checkCard(guest)
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await client.query('SELECT guest FROM seats WHERE id = $1 FOR UPDATE', [seat])
    await client.query('UPDATE seats SET guest = $2 WHERE id = $1', [seat, card.guest])
    await client.query('COMMIT')
    return { seat, guest }
  } finally {
    client.release()
  }
}
