// What the shop does without being asked.

const SHIP_EVERY_MS = 2000
const CLEAN_UP_EVERY_MS = 30_000
const SHIP_BATCH_SIZE = 20
const CART_LIFETIME_MS = 10 * 60_000
const KEPT_ORDER_COUNT = 5000 // older ones go to the archive, so that a demo left running overnight stays the same size

export class Jobs {
  /** @param {{ db: import('./database.js').Database, events: import('./order-events.js').OrderEvents }} services */
  constructor({ db, events }) {
    this.db = db
    this.events = events
  }

  async shipOrders() {
    const sql = "SELECT id, customer_id FROM orders WHERE status = 'paid' ORDER BY id LIMIT ?"
    for (const { id, customer_id } of await this.db.all(sql, [SHIP_BATCH_SIZE])) {
      await this.db.run("UPDATE orders SET status = 'shipped' WHERE id = ?", [id])
      this.events.publish({ orderId: id, customerId: customer_id, status: 'shipped' })
    }
  }

  async cleanUp() {
    await this.db.run('DELETE FROM cart_items WHERE updated_at < ?', [Date.now() - CART_LIFETIME_MS])
    await this.db.run('DELETE FROM orders WHERE id <= (SELECT max(id) FROM orders) - ?', [KEPT_ORDER_COUNT])
    await this.db.run('UPDATE products SET stock = stock + 200 WHERE stock < 5') // the warehouse delivered
  }
}

/**
 * @param {Jobs} jobs
 * @returns {() => Promise<void>} ends them, after the ones that run
 */
export function startJobs(jobs) {
  const ends = [repeat(() => jobs.shipOrders(), SHIP_EVERY_MS), repeat(() => jobs.cleanUp(), CLEAN_UP_EVERY_MS)]
  return async () => {
    await Promise.all(ends.map((end) => end()))
  }
}

/** Waits between two runs, so that a slow one never overlaps with the next. */
function repeat(job, pauseMs) {
  let isStopped = false
  let timer
  let running = Promise.resolve()

  const schedule = () => {
    timer = setTimeout(() => {
      running = job()
        .catch((error) => console.error('[shop] a job failed:', error))
        .then(() => {
          if (!isStopped) schedule()
        })
    }, pauseMs)
  }
  schedule()

  return () => {
    isStopped = true
    clearTimeout(timer)
    return running
  }
}
