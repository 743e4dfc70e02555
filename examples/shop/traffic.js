// Visitors of the shop, in a process of their own so that their work is not the shop's. The same seed brings the same visits.
// By hand: node examples/shop/traffic.js --url http://localhost:3000 --rate 40 --seed 1
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { endWithParent } from './child.js'
import { createRandom } from './random.js'
import { CATEGORY_COUNT, CUSTOMER_COUNT, customerToken, PRODUCT_COUNT, regularCustomer, STAFF_TOKEN } from './seed.js'

const VISITOR_COUNT = 60 // also the most requests that are ever in flight: a slow shop is not buried
const MAX_RATE = 500
const WAVE_MS = 60_000
const WAVE_SHARE = 0.5 // from half the rate to one and a half
const TICK_MS = 20
const TIMEOUT_MS = 15_000 // longer than a long poll waits
const IMPATIENT_MS = 250
const REPORT_EVERY_MS = 10_000
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

endWithParent()
const { url, rate, seed } = readOptions()
const counts = { ok: 0, rejected: 0, failed: 0, aborted: 0 }

/** Weight and steps of what a visitor may do; every step waits for its turn first, so that the rate holds. */
const JOURNEYS = [
  [30, browse],
  [14, search],
  [16, fillCart],
  [9, checkOut],
  [12, lookAtOrders],
  [6, editProfile],
  [5, makeMistakes],
  [4, comeWithoutToken],
  [3, probe],
  [1, download],
]
const TOTAL_WEIGHT = JOURNEYS.reduce((sum, [weight]) => sum + weight, 0)

const waiting = []
startPacer()
for (let index = 0; index < VISITOR_COUNT; index++) visit(createRandom(seed * 1000 + index))
for (let index = 0; index < 3; index++) watchEvents(createRandom(seed * 2000 + index))
for (let index = 0; index < 2; index++) pollUpdates(createRandom(seed * 3000 + index))
doOfficeWork(createRandom(seed * 4000))

setInterval(report, REPORT_EVERY_MS)

function report() {
  if (process.send) process.send({ seconds: REPORT_EVERY_MS / 1000, ...counts })
  else console.log(counts)
  for (const name of Object.keys(counts)) counts[name] = 0
}

async function visit(random) {
  for (;;) {
    const customer = customerToken(regularCustomer(random))
    await chooseJourney(random)({ random, customer })
  }
}

function chooseJourney(random) {
  let left = random.next() * TOTAL_WEIGHT
  for (const [weight, journey] of JOURNEYS) {
    left -= weight
    if (left < 0) return journey
  }
  return browse
}

async function browse({ random }) {
  await step('GET', '/catalog/categories')
  await step('GET', `/catalog/products?category=${random.integer(1, CATEGORY_COUNT)}&page=${random.integer(1, 3)}`)
  for (let n = random.integer(1, 3); n > 0; n--)
    await step('GET', `/catalog/products/${random.integer(1, PRODUCT_COUNT)}`)
}

async function search({ random }) {
  await step('GET', `/catalog/search?q=${random.pick(['Nordic', 'Plain oak', 'Round', 'Soft wool', 'Zebra'])}`)
  await step('GET', `/catalog/products/${random.integer(1, PRODUCT_COUNT)}`)
}

async function fillCart({ random, customer }) {
  for (let n = random.integer(1, 3); n > 0; n--) await addToCart({ random, customer })
  await step('GET', '/cart', { token: customer })
  if (random.next() < 0.3) await step('GET', '/cart/shipping?country=DE', { token: customer })
}

async function checkOut({ random, customer }) {
  const body = { country: random.pick(['DE', 'FR', 'PT']) }
  await addToCart({ random, customer })
  const answer = await step('POST', '/orders', { token: customer, body })
  if (answer?.status === 502) await step('POST', '/orders', { token: customer, body }) // most people try once more
}

async function lookAtOrders({ random, customer }) {
  const isImpatient = random.next() < 0.1
  await step('GET', '/orders', { token: customer, leaveAfterMs: isImpatient ? IMPATIENT_MS : undefined })
}

async function editProfile({ random, customer }) {
  await step('GET', '/customers/me', { token: customer })
  if (random.next() < 0.4)
    await step('PATCH', '/customers/me', { token: customer, body: { email: 'new@shop.example' } })
}

async function makeMistakes({ random, customer }) {
  await random.pick([
    () => step('GET', '/catalog/products?page=minus-one'),
    () => step('GET', `/catalog/products/${PRODUCT_COUNT + 1}`),
    () => step('POST', '/cart/items', { token: customer, body: { productId: 1, quantity: 'many' } }),
    () => step('POST', '/cart/items', { token: customer, text: '{"productId": 1,' }),
    () => step('PATCH', '/customers/me', { token: customer, body: { email: 'nobody' } }),
    () => step('GET', '/orders/999999999', { token: customer }),
    () => step('GET', '/admin/reports/sales', { token: customer }),
  ])()
}

async function comeWithoutToken({ random }) {
  await step('GET', random.pick(['/cart', '/orders', '/customers/me', '/admin/reports/sales']), {
    token: random.pick([undefined, 'expired']),
  })
}

async function probe({ random }) {
  await step('GET', random.pick(['/wp-login.php', '/.env', `/${random.integer(1, 1e9)}`, '/health']))
}

async function download({ random }) {
  const leaveAfterMs = random.next() < 0.3 ? 20 : undefined // some close the window while it runs
  await step('GET', '/catalog/products.csv', { leaveAfterMs })
}

function addToCart({ random, customer }) {
  const body = { productId: random.integer(1, PRODUCT_COUNT), quantity: random.integer(1, 2) }
  return step('POST', '/cart/items', { token: customer, body })
}

async function doOfficeWork(random) {
  await delay(3000)
  for (;;) {
    await request('GET', '/admin/reports/affinity', { token: STAFF_TOKEN })
    await request('GET', `/admin/reports/sales?days=${random.pick([7, 30])}`, { token: STAFF_TOKEN })
    await request('GET', '/admin/reports/low-stock', { token: STAFF_TOKEN })
    await request('GET', `/customers/${random.integer(1, CUSTOMER_COUNT)}`, { token: STAFF_TOKEN })
    await delay(random.integer(8000, 14_000))
  }
}

/** Opens the stream, and leaves after a while as people close a tab. */
async function watchEvents(random) {
  for (;;) {
    await request('GET', '/orders/events', { token: STAFF_TOKEN, leaveAfterMs: random.integer(10_000, 40_000) })
    await delay(random.integer(500, 2000))
  }
}

async function pollUpdates(random) {
  for (;;) {
    const token = customerToken(regularCustomer(random))
    await request('GET', '/orders/updates', { token, headers: { Prefer: 'wait=10' } })
    await delay(random.integer(200, 1000))
  }
}

/** As `request`, when it is its turn. */
async function step(method, path, options) {
  await new Promise((resolve) => waiting.push(resolve))
  return request(method, path, options)
}

/** Hands out turns at the current rate of the wave; turns that nobody takes are not saved up. */
function startPacer() {
  let due = 0
  let lastMs = performance.now()
  setInterval(() => {
    const nowMs = performance.now()
    const wave = 1 + WAVE_SHARE * Math.sin((2 * Math.PI * nowMs) / WAVE_MS)
    due += (rate * wave * (nowMs - lastMs)) / 1000
    lastMs = nowMs
    for (; due >= 1; due--) waiting.shift()?.()
  }, TICK_MS)
}

async function request(method, path, { token, body, text = body && JSON.stringify(body), leaveAfterMs, headers } = {}) {
  const allHeaders = { ...headers }
  if (token) allHeaders.Authorization = `Bearer ${token}`
  if (text) allHeaders['Content-Type'] = 'application/json'
  try {
    const signal = AbortSignal.timeout(leaveAfterMs ?? TIMEOUT_MS)
    const response = await fetch(url + path, { method, headers: allHeaders, body: text, signal })
    await response.arrayBuffer()
    if (response.status >= 500) counts.failed++
    else if (response.status >= 400) counts.rejected++
    else counts.ok++
    return response
  } catch (error) {
    if (error.name === 'TimeoutError') counts.aborted++
    else {
      counts.failed++
      await delay(200) // the shop is away: no busy loop
    }
    return undefined
  }
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      url: { type: 'string', default: 'http://localhost:3000' },
      rate: { type: 'string', default: '40' },
      seed: { type: 'string', default: '1' },
    },
  })
  const target = new URL(values.url)
  if (!LOOPBACK.includes(target.hostname)) throw new Error(`--url must be on this machine, got ${values.url}`)
  const rate = Number(values.rate)
  if (!(rate > 0 && rate <= MAX_RATE))
    throw new Error(`--rate must be above 0 and at most ${MAX_RATE}, got ${values.rate}`)
  const seed = Number(values.seed)
  if (!Number.isSafeInteger(seed)) throw new Error(`--seed must be a whole number, got ${values.seed}`)
  return { url: target.origin, rate, seed }
}
