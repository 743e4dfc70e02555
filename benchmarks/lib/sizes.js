// How much each part measures.

/** About half an hour. A window of 3000 requests is about a second of a core that does nothing else. */
export const FULL = {
  http: { rounds: 5, pairsPerRound: 2, warmupRequests: 8000, requestsPerWindow: 3000 },
  micro: { rounds: 5, pairsPerRound: 5, warmupMs: 400, windowMs: 50 },
  sample: { count: 30, intervalMs: 1000 },
  idle: { pairs: 4, settleMs: 60_000, windowMs: 60_000 }, // within a minute V8 has collected what loading left
  endpoints: { sizes: [100, 1000, 10_000], historySeconds: 3600, rounds: 5 },
  memory: {
    kept: { series: 1000, records: 1000 },
    history: { operations: 1000, seconds: 3600 },
    exchanges: { count: 10_000_000, perSecond: 500 }, // five hours and a half of the clock that is passed in
    requests: { seconds: 30, warmup: 4000, atOnce: 2000 },
  },
  accuracy: { count: 1_000_000 },
}
/** Two minutes: shows that everything runs; the figures are rough. */
export const SHORT = {
  http: { rounds: 1, pairsPerRound: 1, warmupRequests: 300, requestsPerWindow: 400 },
  micro: { rounds: 1, pairsPerRound: 3, warmupMs: 40, windowMs: 20 },
  sample: { count: 2, intervalMs: 300 },
  idle: { pairs: 1, settleMs: 1000, windowMs: 3000 },
  endpoints: { sizes: [100], historySeconds: 120, rounds: 1 },
  memory: {
    kept: { series: 100, records: 200 },
    history: { operations: 100, seconds: 120 },
    exchanges: { count: 5000, perSecond: 100 },
    requests: { seconds: 1, warmup: 200, atOnce: 100 },
  },
  accuracy: { count: 20_000 },
}
