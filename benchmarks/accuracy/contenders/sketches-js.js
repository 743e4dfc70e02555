import { DDSketch } from '@datadog/sketches-js'

export function create() {
  const sketches = new Map()
  return {
    series(name) {
      const sketch = new DDSketch({ relativeAccuracy: 0.01 })
      sketches.set(name, sketch)
      return (ms) => sketch.accept(ms)
    },
    quantile: (name, q) => sketches.get(name).getValueAtQuantile(q),
  }
}
