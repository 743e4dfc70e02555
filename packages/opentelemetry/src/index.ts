export { type BridgeOptions, type BridgeStats, PerfMonitorSpanProcessor } from './processor.js'
export { recordAll, type SamplerLike } from './record-all.js'
export type { BridgedSpan } from './spans.js'
