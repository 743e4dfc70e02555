import { setTimeout as wait } from 'node:timers/promises'
import { news, startFeed } from './feed.mjs'

export default function start(given) {
  return startFeed(given, { latest })
}

async function latest(topic) {
  const seen = []
  news.on('item', (item) => seen.length < 5 && seen.push({ topic, item })) // for as long as it takes
  await wait(4)
  return { topic, seen }
}
