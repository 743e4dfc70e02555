import { startTheatre } from './seats.mjs'

export default function start(given) {
  return startTheatre(given, book)
}

async function book(pool, { seat, guest, checkCard }) {
  // one connection for the whole booking
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await client.query('SELECT guest FROM seats WHERE id = $1 FOR UPDATE', [seat])
    const card = await checkCard(guest)
    await client.query('UPDATE seats SET guest = $2 WHERE id = $1', [seat, card.guest])
    await client.query('COMMIT')
    return { seat, guest }
  } finally {
    client.release()
  }
}
