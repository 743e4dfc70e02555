import { startTickets } from './tickets.mjs'

const TRY_AGAIN_AFTER_MS = 20_000
let openFrom = 0

export default function start(given) {
  return startTickets(given, { reserve, pay })
}

async function reserve(pool, { seat, notifier }) {
  const { rowCount } = await pool.query('UPDATE seats SET holder = $2 WHERE id = $1', [seat, 'someone'])
  void mail(notifier, seat) // who sits where is known; the mail may come later
  return rowCount === 1
}

async function mail(notifier, seat) {
  const response = await fetch(`${notifier}/mails`, { method: 'POST', body: String(seat) })
  await response.text()
}

/** The other bank, once this one has failed: tried again after a while. */
async function pay(bank, { amount }) {
  if (Date.now() >= openFrom) {
    const response = await fetch(`${bank}/payments`, { method: 'POST', body: String(amount) })
    if (response.ok) return response.json()
    await response.text()
    openFrom = Date.now() + TRY_AGAIN_AFTER_MS
  }
  const response = await fetch(`${bank}/other-bank/payments`, { method: 'POST', body: String(amount) })
  return response.json()
}
