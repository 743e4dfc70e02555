import type { PerformanceHistory } from '@perf-monitor/core'
import { z } from 'zod'
import { PerfError } from '../perf-client.js'
import { joinLines, line, significant, table } from '../text.js'
import { DEFAULT_MINUTES, lastMinutes, minutes } from '../windows.js'
import { tool } from './tool.js'

const MINUTE_MS = 60_000
const DEFAULT_POINTS = 20
const MAX_POINTS = 60
const MAX_FIELDS = 8
const DEFAULT_FIELDS = [
  'system.cpuUsagePercent',
  'runtime.eventLoopUtilizationPercent',
  'runtime.heapUsedBytes',
  'runtime.rssBytes',
]
const MIN_STEP_MS = 1000

export const getHistory = tool({
  name: 'get_history',
  title: 'Get history',
  description:
    'Figures over time as a table: count, failures, p50 and p95 of an operation or component, beside figures of system and runtime (names as in /history, e.g. runtime.heapUsedBytes).',
  input: z.object({
    component: z.string().max(1000).optional().describe('Default http'),
    operation: z.string().max(1000).optional().describe('Needs `component`'),
    fields: z
      .array(z.string().max(100))
      .max(MAX_FIELDS)
      .optional()
      .describe('system.… and runtime.… to show; an unknown one is answered with the list'),
    points: z.number().int().min(2).max(MAX_POINTS).optional().describe(`Rows; default ${DEFAULT_POINTS}`),
    minutes,
  }),
  readOnly: true,
  async run(
    { component, operation, fields = DEFAULT_FIELDS, points = DEFAULT_POINTS, minutes = DEFAULT_MINUTES },
    client,
  ) {
    if (operation !== undefined && component === undefined) throw new PerfError('`operation` needs its `component`')
    const stepMs = Math.max(MIN_STEP_MS, Math.ceil((minutes * MINUTE_MS) / points))
    const history = await client.json<PerformanceHistory>('/history', {
      ...lastMinutes(minutes),
      step: stepMs,
      component: component ?? 'http',
      operation,
      detail: operation === undefined ? 'components' : undefined,
    })
    const runs = seriesOf(history, component ?? 'http', operation)
    const headers = ['until', 'count', 'failed', 'p50 ms', 'p95 ms', ...fields]
    const columns = [
      runs?.count,
      runs?.failedCount,
      runs?.p50Ms,
      runs?.p95Ms,
      ...fields.map((name) => columnOf(history, name)),
    ]
    const rows = history.timestamps.map((timestamp, i) => [
      timestamp.slice(0, 19),
      ...columns.map((column) => shown(column?.[i])),
    ])
    const of = line(operation ?? component ?? 'http')
    const note = runs === undefined ? ` (${of} did not run)` : ''
    return joinLines(
      [
        `${of}${note}, steps of ${history.stepMs / 1000} s; - is not measured`,
        '',
        ...table(headers, rows.slice(-MAX_POINTS)),
      ],
      'take fewer `points` or `fields`',
    )
  },
})

function seriesOf(history: PerformanceHistory, component: string, operation: string | undefined) {
  return operation === undefined ? history.components[component] : history.operations[component]?.[operation]
}

function columnOf(history: PerformanceHistory, name: string): (number | null)[] {
  const [group = '', field = ''] = name.split(/\.(.*)/s)
  const columns: Record<string, (number | null)[]> | undefined =
    group === 'system' ? history.system : group === 'runtime' ? history.runtime : undefined
  const column = columns !== undefined && Object.hasOwn(columns, field) ? columns[field] : undefined
  if (column !== undefined) return column
  const known = [
    ...Object.keys(history.system).map((each) => `system.${each}`),
    ...Object.keys(history.runtime).map((each) => `runtime.${each}`),
  ]
  throw new PerfError(`No field ${line(name)}: there are ${known.join(', ')}`)
}

function shown(value: number | null | undefined): string {
  return typeof value === 'number' ? significant(value) : '-'
}
