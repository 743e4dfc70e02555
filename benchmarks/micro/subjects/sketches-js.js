import { DDSketch } from '@datadog/sketches-js'
import { INDEX_MASK } from '../durations.js'

export function create() {
  const sketch = new DDSketch({ relativeAccuracy: 0.01 })
  return (durations, count) => {
    for (let i = 0; i < count; i++) sketch.accept(durations[i & INDEX_MASK])
  }
}
