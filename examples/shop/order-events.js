// What happens to orders, for those who watch: server-sent events and long polls.
import { EventEmitter } from 'node:events'

const RECENT_COUNT = 200 // what a client that was away for a moment can catch up on

/** @typedef {{ id: number, orderId: number, customerId: number, status: string, at: string }} OrderEvent */

export function createOrderEvents() {
  const emitter = new EventEmitter().setMaxListeners(0) // one listener per watching client
  /** @type {OrderEvent[]} */
  const recent = []
  let lastId = 0

  return {
    /** @param {{ orderId: number, customerId: number, status: string }} change */
    publish(change) {
      const event = { id: ++lastId, ...change, at: new Date().toISOString() }
      recent.push(event)
      if (recent.length > RECENT_COUNT) recent.shift()
      emitter.emit('order', event)
    },

    /**
     * @param {(event: OrderEvent) => void} listener
     * @returns {() => void} ends it
     */
    subscribe(listener) {
      emitter.on('order', listener)
      return () => emitter.off('order', listener)
    },

    /** @param {number} id @returns {OrderEvent[]} */
    after: (id) => recent.filter((event) => event.id > id),

    get lastId() {
      return lastId
    },
  }
}

/** @typedef {ReturnType<typeof createOrderEvents>} OrderEvents */
