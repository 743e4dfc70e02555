import { startChat } from './chat.mjs'

const REFRESH_MS = 20_000
const seen = new Map()

export default function start(given) {
  return startChat(given, { watchRoom })
}

function watchRoom(id) {
  const timer = setInterval(() => seen.set(id, Date.now()), REFRESH_MS)
  return () => {
    clearInterval(timer)
    seen.delete(id)
  }
}
