export { type PerfClientOptions, PerfError } from './perf-client.js'
export { perfMonitorServer } from './server.js'
