import { startTickets } from './tickets.mjs'

const ATTEMPTS = 4

export default function start(given) {
  return startTickets(given, { reserve, pay })
}

async function reserve(pool, { seat, notifier }) {
  // held until the mail is out
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const { rowCount } = await client.query('UPDATE seats SET holder = $2 WHERE id = $1', [seat, 'someone'])
    const mail = await fetch(`${notifier}/mails`, { method: 'POST', body: String(seat) })
    await mail.text()
    await client.query('COMMIT')
    return rowCount === 1
  } finally {
    client.release()
  }
}

async function pay(bank, { amount }) {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    // again, at once
    const response = await fetch(`${bank}/payments`, { method: 'POST', body: String(amount) })
    if (response.ok) return response.json()
    await response.text()
  }
  return null
}
