import { z } from 'zod'
import { joinLines } from '../text.js'
import { lastMinutes, minutes } from '../windows.js'
import { tool } from './tool.js'

export const getReport = tool({
  name: 'get_report',
  title: 'Get the report',
  description:
    'The whole report as Markdown: verdict, findings with what to do, alerts, operations, system. Long; list_findings is shorter.',
  input: z.object({ minutes }),
  readOnly: true,
  async run(input, client) {
    const report = await client.text('/report', { format: 'markdown', ...lastMinutes(input.minutes) })
    return joinLines(report.split('\n'), 'list_operations and get_finding have the rest')
  },
})
