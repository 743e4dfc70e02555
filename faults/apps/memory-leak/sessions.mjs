import { randomUUID } from 'node:crypto'

const VISITS = 180

/** @param {{ forgets: boolean }} options */
export function sessionsOf({ forgets }) {
  const open = new Map()
  return {
    open(user) {
      const id = randomUUID()
      open.set(id, describe(user, id))
      return id
    },
    close(id) {
      if (forgets) open.delete(id)
    },
  }
}

function describe(user, id) {
  // what is known of the visitor
  return {
    user,
    since: Date.now(),
    visits: Array.from({ length: VISITS }, (_, i) => ({ page: `/page/${i}/${id}`, ms: i })),
  }
}
