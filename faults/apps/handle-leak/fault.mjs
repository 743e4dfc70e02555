import { startChat } from './chat.mjs'

const REFRESH_MS = 20_000
const seen = new Map()

export default function start(given) {
  return startChat(given, { watchRoom })
}

function watchRoom(id) {
  setInterval(() => seen.set(id, Date.now()), REFRESH_MS) // while somebody looks
  return () => seen.delete(id)
}
