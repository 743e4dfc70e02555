// What a note says about traffic, made into requests. The same seed asks for the same things in the same order.

const DEFAULT_RANGE = 1000

/** mulberry32: small, and good enough to pick users and gaps. */
export function randomOf(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** `{n}`: random from 1 to 1000, `{n:50}` to 50; `{i}`: counts up. The same placeholder twice is the same value. */
export function filled(text, { random, count }) {
  const drawn = new Map()
  return text.replace(/\{(?:i|n(?::(\d+))?)\}/g, (placeholder, range) => {
    if (placeholder === '{i}') return String(count)
    if (!drawn.has(placeholder)) drawn.set(placeholder, 1 + Math.floor(random() * Number(range ?? DEFAULT_RANGE)))
    return String(drawn.get(placeholder))
  })
}

/** `--load`: rates by the factor, and clients that wait for their answers likewise, at least one. */
export function scaled(entry, factor) {
  if (entry.ratePerSecond !== undefined) return { ...entry, ratePerSecond: entry.ratePerSecond * factor }
  if (entry.concurrency !== undefined)
    return { ...entry, concurrency: Math.max(1, Math.round(entry.concurrency * factor)) }
  return { ...entry, burst: { ...entry.burst, count: Math.max(1, Math.round(entry.burst.count * factor)) } }
}

/** Gap to the next arrival of independent users, cut: no lull of a minute in a run of a minute. */
export function arrivalGapMs(ratePerSecond, random) {
  const meanMs = 1000 / ratePerSecond
  return Math.min(4 * meanMs, -Math.log(1 - random()) * meanMs)
}

export function requestOf(entry, { random, count }) {
  const headers = { ...entry.headers }
  let body = null
  if (entry.bodyBytes !== undefined) {
    body = Buffer.alloc(entry.bodyBytes, 'perf')
    headers['content-type'] ??= 'application/octet-stream'
  } else if (entry.body !== undefined) {
    const text = typeof entry.body === 'string' ? entry.body : JSON.stringify(entry.body)
    body = Buffer.from(filled(text, { random, count }))
    headers['content-type'] ??= typeof entry.body === 'string' ? 'text/plain' : 'application/json'
  }
  if (body !== null) headers['content-length'] = body.length
  return { method: entry.method ?? 'GET', path: filled(entry.path, { random, count }), headers, body }
}
