import { initWebAssembly } from 'hdr-histogram-js'
import { create as createWith } from './hdr-histogram-js.js'

export async function create() {
  await initWebAssembly()
  return createWith({ useWebAssembly: true })
}
