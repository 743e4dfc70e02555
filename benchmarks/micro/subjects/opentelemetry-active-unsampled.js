import { create as createActive } from './opentelemetry-active.js'

export function create() {
  return createActive({ isSampled: false })
}
