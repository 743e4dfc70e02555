// The advisor in a whole monitor: asked after a live round, shown in reports, its own call not measured.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { openAiAdvisor } from '../../src/advisor/openai.js'
import { ManualClock } from '../../src/clock.js'
import { LIVE_WINDOW_MS, ROUND_MS } from '../../src/monitor/diagnosis.js'
import { PerformanceMonitor } from '../../src/monitor/performance-monitor.js'
import type { PerformanceReport } from '../../src/types/report.js'
import { bottleneck, recommendation } from '../exporters/reports.js'

const quiet = { info() {}, warn() {}, error() {} }

describe('advice', () => {
  it('comes with the report, as JSON and as text, and is no operation of the app', async () => {
    let asked = 0
    const server = createServer((req, res) => {
      asked++
      req
        .resume()
        .on('end', () => res.end('{"choices":[{"message":{"content":"Fetch *all* <b>items</b>.\\nThen measure."}}]}'))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
    const clock = new ManualClock()
    const monitor = new PerformanceMonitor({
      clock,
      logger: quiet,
      stallThresholdMs: 0,
      enableIoMonitoring: false,
      optimizer: { advisor: openAiAdvisor({ url, model: 'local' }) },
    })
    for (const name of monitor.optimizer.ruleNames) monitor.optimizer.removeRule(name)
    monitor.optimizer.addRule({
      name: 'planted',
      evaluate: () => [{ bottleneck: bottleneck(), recommendations: [recommendation()] }],
    })
    await monitor.start()
    try {
      expect(JSON.parse(await monitor.exportReport('json')).advice).toBeNull()
      let advice: PerformanceReport['advice'] = null
      for (let round = 0; advice === null && round < 200; round++) {
        monitor.recordOperation('job', 'import', 5)
        await monitor.sample()
        clock.advance(ROUND_MS)
        advice = JSON.parse(await monitor.exportReport('json')).advice
      }
      expect(advice).toMatchObject({ text: 'Fetch *all* <b>items</b>.\nThen measure.', model: 'local' })
      const markdown = await monitor.exportReport('markdown', { windowMs: LIVE_WINDOW_MS })
      expect(markdown).toContain('## Advice\n\nWritten by local from the findings')
      expect(markdown).toContain('> Fetch \\*all\\* &lt;b&gt;items&lt;/b&gt;.')
      expect(Object.keys(monitor.getSnapshot().componentMetrics)).toEqual(['job'])
      expect(asked).toBe(1)
      expect(monitor.guard.faults.filter(({ part }) => part === 'advisor')).toEqual([])
    } finally {
      await monitor.stop()
      server.close()
    }
  })
})
