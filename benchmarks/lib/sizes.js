// How much each part measures.

/** About twenty minutes. A window of 4000 requests is about a second of a core that does nothing else. */
export const FULL = {
  http: { rounds: 5, pairsPerRound: 2, warmupRequests: 4000, requestsPerWindow: 4000 },
  micro: { rounds: 5, pairsPerRound: 5, warmupMs: 400, windowMs: 50 },
  idle: { pairs: 4, settleMs: 10_000, windowMs: 60_000 },
  endpoints: { sizes: [100, 1000, 10_000], historySeconds: 3600, rounds: 5 },
  accuracy: { count: 1_000_000 },
}
/** A minute: shows that everything runs; the figures are rough. */
export const SHORT = {
  http: { rounds: 1, pairsPerRound: 1, warmupRequests: 300, requestsPerWindow: 400 },
  micro: { rounds: 1, pairsPerRound: 3, warmupMs: 40, windowMs: 20 },
  idle: { pairs: 1, settleMs: 1000, windowMs: 3000 },
  endpoints: { sizes: [100], historySeconds: 120, rounds: 1 },
  accuracy: { count: 20_000 },
}
