export function create() {
  return (_durations, count) => {
    let sum = 0
    for (let i = 0; i < count; i++) {
      const startMs = performance.now()
      sum += performance.now() - startMs
    }
    return sum
  }
}
