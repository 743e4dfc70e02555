// A clock that handlers advance by hand.
export function handClock() {
  let elapsedMs = 0
  const idle = { cancel() {} }
  return {
    now: () => Date.UTC(2026, 0, 1) + elapsedMs,
    monotonicMs: () => elapsedMs,
    every: () => idle,
    after: () => idle,
    advance(ms: number) {
      elapsedMs += ms
    },
  }
}
