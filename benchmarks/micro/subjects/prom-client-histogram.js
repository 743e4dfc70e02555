import { Histogram, Registry } from 'prom-client'

export const LABELS = { method: 'GET', route: '/api/orders/:id', status_code: 200 }

export function createHistogram() {
  return new Histogram({
    name: 'task_duration_seconds',
    help: 'Duration of tasks in seconds',
    labelNames: Object.keys(LABELS),
    registers: [new Registry()],
  })
}
