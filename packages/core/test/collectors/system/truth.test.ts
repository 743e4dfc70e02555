// The collectors against the tools of this machine.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { loadavg, uptime } from 'node:os'
import { beforeAll, describe, expect, test } from 'vitest'
import { CpuCollector } from '../../../src/collectors/system/cpu.js'
import { SystemSampler } from '../../../src/collectors/system/sampler.js'
import type { SystemMetrics } from '../../../src/types/metrics.js'
import { FaultList, FixtureTree } from '../fixture-tree.js'

const TOLERANCE = 0.02

const run = (command: string, ...args: string[]) =>
  execFileSync(command, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } })

function expectWithin(actual: number | null | undefined, expected: number, scale = expected): void {
  expect(Math.abs((actual ?? Number.NaN) - expected)).toBeLessThanOrEqual(Math.abs(scale) * TOLERANCE)
}

describe.runIf(process.platform === 'linux')('on this machine', () => {
  const guard = new FaultList()
  const sampler = new SystemSampler({ root: '/', monotonicMs: () => performance.now(), guard, ioMonitoring: true })
  let metrics: SystemMetrics

  beforeAll(async () => {
    await sampler.prepare()
    metrics = sampler.read()
  })

  test('no fault', () => {
    expect(guard.faults).toEqual([])
  })

  test('memory as `free -b`, outside of a container', () => {
    if (metrics.container?.memoryLimitBytes != null)
      return expectWithin(metrics.memoryTotalBytes, metrics.container.memoryLimitBytes)
    const [, total = '', , , , , available = ''] = /^Mem:.*$/m.exec(run('free', '-b'))?.[0].split(/\s+/) ?? []
    expectWithin(metrics.memoryTotalBytes, Number(total))
    expectWithin(metrics.memoryAvailableBytes, Number(available))
    expectWithin(metrics.memoryUsedBytes, Number(total) - Number(available), Number(total))
  })

  test('disks as `df`', () => {
    expect(metrics.disks?.length).toBeGreaterThan(0)
    for (const disk of metrics.disks ?? []) {
      const [total = '', used = '', available = '', percent = ''] =
        run('df', '-B1', '--output=size,used,avail,pcent', disk.mount).split('\n')[1]?.trim().split(/\s+/) ?? []
      expect(disk.totalBytes).toBe(Number(total))
      expectWithin(disk.usedBytes, Number(used), Number(total))
      expectWithin(disk.availableBytes, Number(available), Number(total))
      expect(Math.abs(disk.usedPercent - Number.parseInt(percent, 10))).toBeLessThanOrEqual(2)
    }
  })

  test('network counters as /sys has them', () => {
    const interfaces = readdirSync('/sys/class/net').filter((name) => name !== 'lo' && !name.startsWith('bonding_'))
    const sum = (counter: string) =>
      interfaces.reduce(
        (total, name) => total + Number(readFileSync(`/sys/class/net/${name}/statistics/${counter}`)),
        0,
      )
    expectWithin(metrics.networkRxBytes, sum('rx_bytes'))
    expectWithin(metrics.networkTxBytes, sum('tx_bytes'))
  })

  test('load, uptime and processes', () => {
    expect(Math.abs((metrics.loadAverage?.[2] ?? Number.NaN) - (loadavg()[2] ?? 0))).toBeLessThan(1)
    expectWithin(metrics.uptimeSeconds, uptime(), uptime() + 500)
    expect(metrics.processCount).toBeGreaterThanOrEqual(1)
  })

  test('CPU as the columns of /proc/stat give it', () => {
    const before = readFileSync('/proc/stat', 'utf8')
    const spunUntil = performance.now() + 150
    while (performance.now() < spunUntil);
    const after = readFileSync('/proc/stat', 'utf8')
    const tree = new FixtureTree({ 'proc/stat': before })
    const collector = new CpuCollector(tree)
    collector.read()
    tree.write({ 'proc/stat': after })
    const idle = (columns: number[]) => (columns[3] ?? 0) + (columns[4] ?? 0)
    const sum = (columns: number[]) => columns.reduce((total, value) => total + value, 0)
    const [first, last] = [before, after].map((text) =>
      text.slice(0, text.indexOf('\n')).split(/\s+/).slice(1, 9).map(Number),
    )
    const idleShare = (idle(last ?? []) - idle(first ?? [])) / (sum(last ?? []) - sum(first ?? []))
    expectWithin(collector.read().cpuUsagePercent, 100 - idleShare * 100, 100)
  })
})
