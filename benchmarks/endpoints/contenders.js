// Who answers: a file each in contenders/, which exports `create({ operations, historySeconds })` with a server and what it is asked.
export const CONTENDERS = [
  { name: 'perf-monitor', title: 'perf-monitor' },
  { name: 'prom-client', title: '`prom-client`' },
  { name: 'opentelemetry', title: "OpenTelemetry's Prometheus exporter" },
]
