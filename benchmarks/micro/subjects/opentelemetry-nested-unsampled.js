import { create as createNested } from './opentelemetry-nested.js'

export function create() {
  return createNested({ isSampled: false })
}
