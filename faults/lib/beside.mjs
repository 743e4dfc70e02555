// Unrelated busy routes beside the ones that are judged: `--beside 10`.
import { setTimeout as wait } from 'node:timers/promises'

const RATE_PER_SECOND = 4 // each: enough to be seen, ten of them cost some percent of a core
const MAX_WAIT_MS = 12
const ITEMS = 20

/** For Express (`app.get(path, (req, res))`) and Fastify (`app.get(path, (request, reply))`) alike. */
export function mountBeside(app, count) {
  for (let i = 1; i <= count; i++) {
    app.get(`/beside/r${i}/:id`, async (request, response) => {
      await wait((i * 7) % MAX_WAIT_MS)
      const items = Array.from({ length: ITEMS }, (_, index) => ({ index, route: i, id: request.params.id }))
      return response.json === undefined ? { items } : void response.json({ items })
    })
  }
}

export function besideTraffic(count) {
  return Array.from({ length: count }, (_, i) => ({
    method: 'GET',
    path: `/beside/r${i + 1}/{n}`,
    ratePerSecond: RATE_PER_SECOND,
  }))
}
