import { setTimeout as wait } from 'node:timers/promises'
import { news, startFeed } from './feed.mjs'

export default function start(given) {
  return startFeed(given, { latest })
}

async function latest(topic) {
  const seen = []
  const add = (item) => seen.length < 5 && seen.push({ topic, item })
  news.on('item', add)
  try {
    await wait(4)
    return { topic, seen }
  } finally {
    news.off('item', add)
  }
}
