import type { AlertsResponse, HealthReport } from '@perf-monitor/core'
import { z } from 'zod'
import { figure, joinLines, line, operationName } from '../text.js'
import { tool } from './tool.js'

const MAX_LIST = 30

export const getHealth = tool({
  name: 'get_health',
  title: 'Get health',
  description: 'Whether the monitor works (what is degraded, which libraries it cannot see) and which alerts fire now.',
  input: z.object({}),
  readOnly: true,
  async run(_input, client) {
    const [health, { active }] = await Promise.all([
      client.json<HealthReport>('/health'),
      client.json<AlertsResponse>('/alerts'),
    ])
    const lines = [
      `monitor ${health.status}, ${health.running ? 'running' : 'NOT running: figures stand still'}, up ${Math.round(health.uptimeSeconds)} s`,
      ...health.degraded
        .slice(0, MAX_LIST)
        .map((each) => `- degraded: ${line(each.part)} failed ${each.faults} times, last: ${line(each.lastError)}`),
      ...health.limits
        .filter(({ rejected }) => rejected > 0)
        .map((each) => `- limit ${line(each.name)} (${each.limit}) turned away ${each.rejected}`),
      ...(health.instruments ?? [])
        .filter(({ seen }) => !seen)
        .map((each) => `- not seen: ${line(each.name)}: ${line(each.reason ?? '')}`),
      '',
      active.length === 0 ? 'No alerts.' : 'Alerts:',
      ...active
        .slice(0, MAX_LIST)
        .map(
          (alert) =>
            `- [${alert.severity}, ${alert.state}${alert.silenced ? ', silenced' : ''}] ${line(alert.message)} (${operationName(alert.component, alert.operation)}, ${figure(alert.value, alert.unit)} against ${figure(alert.threshold, alert.unit)}, since ${alert.startedAt})`,
        ),
    ]
    return joinLines(lines, 'the rest is at /health and /alerts')
  },
})
