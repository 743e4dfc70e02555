// What is timed by itself. A new subject is a file beside the others in `subjects/` and a line here. `against` names another subject
// that takes its turns in the same process: the ratio to it is one of pairs as well.
export const SUBJECTS = [
  { name: 'record', kind: 'one duration', title: '`operation.record(ms)`' },
  { name: 'record-operation', kind: 'one duration', title: '`monitor.recordOperation(component, operation, ms)`' },
  { name: 'perf-hooks', kind: 'one duration', title: '`perf_hooks` histogram `record(ns)`' },
  { name: 'sketches-js', kind: 'one duration', title: '`@datadog/sketches-js` `accept(ms)`' },
  { name: 'hdr-histogram-js', kind: 'one duration', title: '`hdr-histogram-js` `recordValue(µs)`' },
  { name: 'hdr-histogram-wasm', kind: 'one duration', title: '`hdr-histogram-js` `recordValue(µs)`, WebAssembly' },
  { name: 'prom-client-kept', kind: 'one duration', title: '`prom-client` `observe(seconds)`, labels kept' },
  { name: 'prom-client', kind: 'one duration', title: '`prom-client` `observe(labels, seconds)`' },
  { name: 'opentelemetry-histogram', kind: 'one duration', title: 'OpenTelemetry histogram `record(ms, attributes)`' },
  { name: 'clock', kind: 'one run', title: 'two readings of `performance.now()`' },
  { name: 'begin-end', kind: 'one run', title: '`operation.begin()` and `span.end()`', against: 'clock' },
  {
    name: 'opentelemetry-span',
    kind: 'one run',
    title: 'OpenTelemetry `startSpan(name)` and `span.end()`',
    against: 'clock',
  },
  { name: 'track', kind: 'a function', title: '`monitor.track(component, operation, fn)`' },
  { name: 'opentelemetry-active', kind: 'a function', title: 'OpenTelemetry `startActiveSpan(name, fn)`' },
  {
    name: 'opentelemetry-active-unsampled',
    kind: 'a function',
    title: 'OpenTelemetry `startActiveSpan(name, fn)`, not sampled',
  },
  { name: 'track-nested', kind: 'a function that calls another', title: '`monitor.track` within `monitor.track`' },
  {
    name: 'opentelemetry-nested',
    kind: 'a function that calls another',
    title: 'OpenTelemetry `startActiveSpan` within `startActiveSpan`',
  },
  {
    name: 'opentelemetry-nested-unsampled',
    kind: 'a function that calls another',
    title: 'OpenTelemetry `startActiveSpan` within `startActiveSpan`, not sampled',
  },
]
