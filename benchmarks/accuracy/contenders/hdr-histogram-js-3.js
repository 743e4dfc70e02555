import { create as createWith } from './hdr-histogram-js.js'

export function create() {
  return createWith({ digits: 3 })
}
