// All metrics in the order of exposition. docs/metrics.md has one heading for each, held to this table by a test.
import type { ExpositionInput, Metric, NumberSample } from './metric.js'
import { figure, seconds } from './metric.js'
import { OPERATION_METRICS } from './metrics-operations.js'
import { POOL_METRICS } from './metrics-pools.js'
import { RUNTIME_METRICS } from './metrics-runtime.js'
import { SYSTEM_METRICS } from './metrics-system.js'

const TARGET_METRICS: Readonly<Record<string, Metric>> = {
  target_info: {
    type: 'info',
    unit: '',
    help: 'The service that these metrics are of.',
    aggregator: 'first',
    samples: target,
  },
}

const MONITOR_METRICS: Readonly<Record<string, Metric>> = {
  perf_monitor_faults_total: {
    type: 'counter',
    unit: '',
    help: 'Faults inside the monitor that were contained.',
    samples: ({ monitor }) => figure(monitor.faults),
  },
  perf_monitor_samples_total: {
    type: 'counter',
    unit: '',
    help: 'Samples taken of system, runtime and operations.',
    samples: ({ monitor }) => figure(monitor.samples),
  },
  perf_monitor_sampling_seconds_total: {
    type: 'counter',
    unit: 'seconds',
    help: 'Time that sampling took of the main thread.',
    samples: ({ monitor }) => figure(seconds(monitor.samplingMs)),
  },
  perf_monitor_operations: {
    type: 'gauge',
    unit: '',
    help: 'Distinct operations that are measured.',
    samples: ({ monitor }) => figure(monitor.operations),
  },
  perf_monitor_operations_limit: {
    type: 'gauge',
    unit: '',
    help: 'Distinct operations beyond which further ones are counted under (other).',
    samples: ({ monitor }) => figure(monitor.maxOperations),
  },
  perf_monitor_rejected_total: {
    type: 'counter',
    unit: '',
    help: 'What a limit turned away, by limit.',
    samples: rejected,
  },
  perf_monitor_history_bytes: {
    type: 'gauge',
    unit: 'bytes',
    help: 'Memory of the history.',
    samples: ({ monitor }) => figure(monitor.historyBytes),
  },
}

export const METRICS: Readonly<Record<string, Metric>> = Object.freeze({
  ...TARGET_METRICS,
  ...OPERATION_METRICS,
  ...POOL_METRICS,
  ...RUNTIME_METRICS,
  ...SYSTEM_METRICS,
  ...MONITOR_METRICS,
})

function* target({ service }: ExpositionInput): Generator<NumberSample, void, undefined> {
  yield {
    labels: {
      service_name: service.name,
      service_version: service.version ?? '',
      service_instance_id: service.instanceId,
      process_pid: String(service.pid),
      process_runtime_name: 'nodejs',
      process_runtime_version: service.node,
    },
    value: 1,
  }
}

function* rejected({ monitor }: ExpositionInput): Generator<NumberSample, void, undefined> {
  for (const { name, count } of monitor.rejected) yield* figure(count, { limit: name })
}
