// OpenTelemetry and the monitor as an app sets them up, before it loads anything else. CommonJS: `--require`, ES modules: `--import`.
const { registerInstrumentations } = require('@opentelemetry/instrumentation')
const { ExpressInstrumentation } = require('@opentelemetry/instrumentation-express')
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http')
const { UndiciInstrumentation } = require('@opentelemetry/instrumentation-undici')
const { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-node')
const { PerformanceMonitor } = require('@perf-monitor/core')
const { PerfMonitorSpanProcessor } = require('@perf-monitor/opentelemetry')

const exporter = new InMemorySpanExporter()
const monitor = new PerformanceMonitor({
  logger: { info() {}, warn() {}, error() {} },
  stallThresholdMs: 0,
  instruments: process.env.OWN_INSTRUMENTS === 'off' ? { http: false, fetch: false } : {},
})
const processor = new PerfMonitorSpanProcessor(monitor, { annotate: true })
const provider = new NodeTracerProvider({ spanProcessors: [processor, new SimpleSpanProcessor(exporter)] })
provider.register()
registerInstrumentations({
  instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation(), new UndiciInstrumentation()],
})
globalThis.tracing = { monitor, processor, provider, exporter }
