// The process: OpenTelemetry's names for Node.js, V8 and the OS process. What they have no name for stands beside its kin.
import type { ExpositionInput, HistogramSample, Metric, NumberSample } from './metric.js'
import { bounds, figure, ratio, seconds, toSample } from './metric.js'

const GC_BOUNDS = bounds([0.01, 0.1, 1, 10]) // OpenTelemetry's advice for v8js.gc.duration

export const RUNTIME_METRICS: Readonly<Record<string, Metric>> = {
  nodejs_eventloop_delay_mean_seconds: {
    type: 'gauge',
    unit: 'seconds',
    help: 'Mean delay of the event loop in the last sampling interval.',
    aggregator: 'average',
    samples: ({ runtime }) => figure(seconds(runtime?.eventLoopDelay.meanMs)),
  },
  nodejs_eventloop_delay_p50_seconds: {
    type: 'gauge',
    unit: 'seconds',
    help: 'Median delay of the event loop in the last sampling interval.',
    aggregator: 'average',
    samples: ({ runtime }) => figure(seconds(runtime?.eventLoopDelay.p50Ms)),
  },
  nodejs_eventloop_delay_p99_seconds: {
    type: 'gauge',
    unit: 'seconds',
    help: '99th percentile of the event loop delay in the last sampling interval.',
    aggregator: 'max',
    samples: ({ runtime }) => figure(seconds(runtime?.eventLoopDelay.p99Ms)),
  },
  nodejs_eventloop_delay_max_seconds: {
    type: 'gauge',
    unit: 'seconds',
    help: 'Largest delay of the event loop in the last sampling interval.',
    aggregator: 'max',
    samples: ({ runtime }) => figure(seconds(runtime?.eventLoopDelay.maxMs)),
  },
  nodejs_eventloop_utilization_ratio: {
    type: 'gauge',
    unit: 'ratio',
    help: 'Share of the last sampling interval in which the event loop was busy.',
    aggregator: 'average',
    samples: ({ runtime }) => figure(ratio(runtime?.eventLoopUtilizationPercent)),
  },
  nodejs_threadpool_delay_seconds: {
    type: 'gauge',
    unit: 'seconds',
    help: 'How long a trivial job waited for a free libuv thread.',
    aggregator: 'max',
    samples: ({ runtime }) => figure(seconds(runtime?.threadPoolDelayMs)),
  },
  nodejs_resources_active: {
    type: 'gauge',
    unit: '',
    help: 'Resources that keep the event loop alive, by type.',
    samples: resources,
  },
  v8js_gc_duration_seconds: {
    type: 'histogram',
    unit: 'seconds',
    help: 'Duration of garbage collections, by kind.',
    samples: collections,
  },
  v8js_gc_pause_ratio: {
    type: 'gauge',
    unit: 'ratio',
    help: 'Share of the last sampling interval spent in garbage collection pauses.',
    aggregator: 'average',
    samples: ({ runtime }) => figure(ratio(runtime?.gc.pausePercent)),
  },
  v8js_gc_pause_max_seconds: {
    type: 'gauge',
    unit: 'seconds',
    help: 'Longest garbage collection pause in the last sampling interval.',
    aggregator: 'max',
    samples: ({ runtime }) => figure(seconds(runtime?.gc.maxPauseMs)),
  },
  v8js_memory_heap_used_bytes: {
    type: 'gauge',
    unit: 'bytes',
    help: 'Memory used in all spaces of the heap.',
    samples: ({ runtime }) => figure(runtime?.heapUsedBytes),
  },
  v8js_memory_heap_limit_bytes: {
    type: 'gauge',
    unit: 'bytes',
    help: 'Memory that V8 has allocated for all spaces of the heap.',
    samples: ({ runtime }) => figure(runtime?.heapTotalBytes),
  },
  v8js_heap_size_limit_bytes: {
    type: 'gauge',
    unit: 'bytes',
    help: 'Size that the heap can grow to before the process is out of memory.',
    samples: ({ runtime }) => figure(runtime?.heapLimitBytes),
  },
  v8js_memory_external_bytes: {
    type: 'gauge',
    unit: 'bytes',
    help: 'Memory outside the heap that belongs to JavaScript objects: buffers.',
    samples: ({ runtime }) => figure(runtime?.externalBytes),
  },
  process_cpu_time_seconds_total: {
    type: 'counter',
    unit: 'seconds',
    help: 'CPU time of this process.',
    samples: cpuTime,
  },
  process_memory_usage_bytes: {
    type: 'gauge',
    unit: 'bytes',
    help: 'Physical memory in use by this process.',
    samples: ({ runtime }) => figure(runtime?.rssBytes),
  },
  process_open_file_descriptors: {
    type: 'gauge',
    unit: '',
    help: 'Files, sockets and pipes that this process holds open.',
    samples: ({ openFiles }) => figure(openFiles),
  },
  process_uptime_seconds: {
    type: 'gauge',
    unit: 'seconds',
    help: 'How long this process has been running.',
    aggregator: 'max',
    samples: ({ service }) => figure(service.uptimeSeconds),
  },
}

function* resources({ runtime }: ExpositionInput): Generator<NumberSample, void, undefined> {
  for (const [type, count] of Object.entries(runtime?.activeResources ?? {})) {
    yield* figure(count, { nodejs_resource_type: type })
  }
}

function* collections({ counters }: ExpositionInput): Generator<HistogramSample, void, undefined> {
  for (const { type, durations } of counters?.gc ?? []) {
    if (durations.count > 0) yield toSample(durations, GC_BOUNDS, { v8js_gc_type: type })
  }
}

function* cpuTime({ counters }: ExpositionInput): Generator<NumberSample, void, undefined> {
  yield* figure(counters?.cpuUserSeconds, { cpu_mode: 'user' })
  yield* figure(counters?.cpuSystemSeconds, { cpu_mode: 'system' })
}
