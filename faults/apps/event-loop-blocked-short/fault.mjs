import { startLibrary } from './search.mjs'

export default function start(given) {
  return startLibrary(given, { search })
}

function search(titles, query) {
  return titles
    .map((title) => ({ title, distance: distance(title, query) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 10)
}

function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    // every letter against every other
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1))
    }
    row = next
  }
  return row[b.length]
}
