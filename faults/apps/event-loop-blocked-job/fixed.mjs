import { setImmediate as turn } from 'node:timers/promises'
import { startBlog } from './blog.mjs'

const PORTION = 2000

export default async function start(given) {
  let latest = []
  let running = false
  const trendsOf = (posts) => {
    if (!running) {
      running = true
      void count(posts).then((words) => {
        latest = words
        running = false
      })
    }
    return latest
  }
  return startBlog(given, { trendsOf })
}

async function count(posts) {
  const counts = new Map()
  for (const [index, { text }] of posts.entries()) {
    for (const word of text.toLowerCase().split(' ')) counts.set(word, (counts.get(word) ?? 0) + 1)
    if (index % PORTION === 0) await turn()
  }
  return [...counts].map(([word, times]) => ({ word, count: times })).sort((a, b) => b.count - a.count)
}
