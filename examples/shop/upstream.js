// Shipping rates and payments: services of others, so they run in a process of their own. On a thread inside the shop's process their
// CPU and memory would show up as the shop's; and in the shop's event loop, their work as its delay.
import { createServer } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { endWithParent } from './child.js'
import { createRandom } from './random.js'

const SLOW_RATES_SHARE = 0.01 // longer than the shop waits: 504
const FAILED_CHARGES_SHARE = 0.125 // 503, and the shop answers 502
const DECLINED_CHARGES_SHARE = 0.04

endWithParent()
const random = createRandom(7)

async function answer(req) {
  const { pathname, searchParams } = new URL(req.url, 'http://upstream.local')

  if (req.method === 'GET' && pathname === '/rates') {
    await delay(random.next() < SLOW_RATES_SHARE ? 1500 : random.integer(15, 60))
    const cents = 390 + 120 * Number(searchParams.get('items'))
    const rates = [
      { carrier: 'bicycle', cents, days: 4 },
      { carrier: 'van', cents: cents + 300, days: 2 },
    ]
    return { status: 200, body: { rates } }
  }

  if (req.method === 'POST' && pathname === '/charges') {
    await req.resume().toArray()
    await delay(random.integer(40, 160))
    const luck = random.next()
    if (luck < FAILED_CHARGES_SHARE) return { status: 503, body: { error: 'bank not available' } }
    if (luck < FAILED_CHARGES_SHARE + DECLINED_CHARGES_SHARE) return { status: 402, body: { error: 'declined' } }
    return { status: 201, body: { accepted: true } }
  }

  return { status: 404, body: { error: 'not found' } }
}

const server = createServer(async (req, res) => {
  const { status, body } = await answer(req).catch(() => ({ status: 500, body: { error: 'internal error' } }))
  res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
})

server.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port }))
