// What is timed by itself. A new subject is a file beside the others in `subjects/` and a line here.
export const SUBJECTS = [
  { name: 'clock', title: 'two readings of `performance.now()`' },
  { name: 'record', title: '`operation.record(ms)`' },
  { name: 'record-operation', title: '`monitor.recordOperation(component, operation, ms)`' },
  { name: 'begin-end', title: '`operation.begin()` and `span.end()`' },
  { name: 'track', title: '`monitor.track(component, operation, fn)`, sync' },
  { name: 'perf-hooks', title: '`perf_hooks` histogram `record(ns)`' },
  { name: 'prom-client', title: '`prom-client` `observe(labels, seconds)`' },
]
