// What keeps durations so that quantiles can be asked of it: a file each in contenders/, which exports `create()`. That returns
// `{ series, quantile }`: `series(name)` gives the function that records ms, `quantile(name, q)` what was kept (it may be a promise).
export const CONTENDERS = [
  { name: 'perf-monitor', title: 'perf-monitor' },
  { name: 'sketches-js', title: '`@datadog/sketches-js`, 1 %' },
  { name: 'hdr-histogram-js', title: '`hdr-histogram-js`, 2 digits' },
  { name: 'hdr-histogram-js-3', title: '`hdr-histogram-js`, 3 digits' },
  { name: 'perf-hooks', title: '`perf_hooks` histogram' },
  { name: 'opentelemetry-exponential', title: 'OpenTelemetry, exponential, 160 buckets' },
  { name: 'opentelemetry-explicit', title: 'OpenTelemetry, default buckets' },
  { name: 'prom-client', title: '`prom-client`, default buckets' },
  { name: 'prom-client-fine', title: '`prom-client`, 140 buckets' },
]

export async function createContender(name) {
  const { create } = await import(`./contenders/${name}.js`)
  return create()
}
