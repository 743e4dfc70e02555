import { build } from 'hdr-histogram-js'
import { INDEX_MASK } from '../durations.js'

/** Two digits: within 1 %, as the others. It takes whole numbers only. */
export function create({ useWebAssembly = false } = {}) {
  const histogram = build({ numberOfSignificantValueDigits: 2, useWebAssembly })
  return (durations, count) => {
    for (let i = 0; i < count; i++) histogram.recordValue(Math.round(durations[i & INDEX_MASK] * 1000))
  }
}
