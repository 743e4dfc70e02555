import { expect, test } from 'vitest'
import { EMPTY_SYSTEM_METRICS } from '../../../src/collectors/system/collector.js'
import { PortableSampler, type SystemInformation } from '../../../src/collectors/system/portable-sampler.js'
import { FaultList } from '../fixture-tree.js'

const answers = (bytes: number) => ({
  currentLoad: async () => ({ currentLoad: 25, cpus: [{ load: 20 }, { load: 30 }] }),
  mem: async () => ({ total: 1000, available: 400, used: 990, swapused: 5 }),
  fsSize: async () => [{ mount: '/', type: 'apfs', size: 1000, used: 600, available: 300 }],
  fsStats: async () => ({ rx: bytes, wx: bytes * 2, tx: bytes * 3 }),
  networkStats: async () => [
    { iface: 'lo0', rx_bytes: 999, tx_bytes: 999 },
    { iface: 'en0', rx_bytes: bytes, tx_bytes: bytes * 2 },
  ],
})

function setUp(information: () => object, ioMonitoring = true) {
  const guard = new FaultList()
  const state = { now: 0 }
  const sampler = new PortableSampler({
    monotonicMs: () => state.now,
    guard,
    ioMonitoring,
    platform: 'darwin',
    load: async () => information() as SystemInformation,
  })
  return { guard, state, sampler }
}

test('what systeminformation gives, rates from the second round on', async () => {
  let bytes = 100
  const { sampler, state } = setUp(() => answers(bytes))
  await sampler.prepare()
  expect(sampler.read()).toMatchObject({
    networkRxBytes: 100,
    networkRxBytesPerSecond: null,
    diskReadBytesPerSecond: null,
  })
  bytes = 200
  state.now = 5000
  await sampler.prepare()
  const { uptimeSeconds, loadAverage, ...metrics } = sampler.read()
  expect(uptimeSeconds).toBeGreaterThan(0)
  expect(loadAverage).toHaveLength(3)
  expect(metrics).toEqual({
    cpuUsagePercent: 25,
    cpuCoresPercent: [20, 30],
    memoryTotalBytes: 1000,
    memoryUsedBytes: 600,
    memoryAvailableBytes: 400,
    swapUsedBytes: 5,
    diskTotalBytes: 1000,
    diskUsedBytes: 600,
    diskReadBytesPerSecond: 20,
    diskWriteBytesPerSecond: 40,
    disks: [
      {
        mount: '/',
        type: 'apfs',
        totalBytes: 1000,
        usedBytes: 600,
        availableBytes: 300,
        usedPercent: (600 / 900) * 100,
      },
    ],
    networkRxBytes: 200,
    networkTxBytes: 400,
    networkRxBytesPerSecond: 20,
    networkTxBytesPerSecond: 40,
    networkLatencyMs: null,
    processCount: null,
    container: null,
    pressure: null,
  })
})

test('one question that fails costs its own fields', async () => {
  const { sampler, guard } = setUp(() => ({ ...answers(1), fsSize: () => Promise.reject(new Error('df failed')) }))
  await sampler.prepare()
  expect(sampler.read()).toMatchObject({ disks: null, diskTotalBytes: null, cpuUsagePercent: 25 })
  expect(guard.faults).toEqual(['system.portable: df failed'])
})

test('a package that cannot be loaded is contained', async () => {
  const { sampler, guard } = setUp(() => {
    throw new Error('not installed')
  })
  await sampler.prepare()
  const { uptimeSeconds, loadAverage, ...metrics } = sampler.read()
  expect(metrics).toEqual((({ uptimeSeconds: _, loadAverage: __, ...rest }) => rest)(EMPTY_SYSTEM_METRICS))
  expect(uptimeSeconds).toBeGreaterThan(0)
  expect(loadAverage).not.toBeNull()
  expect(guard.faults).toContain('system.portable: not installed')
})

test('rounds that take long do not pile up, and old figures are not shown for ever', async () => {
  let rounds = 0
  const { sampler, state } = setUp(() => {
    rounds++
    return rounds === 1 ? answers(1) : { ...answers(1), mem: () => new Promise(() => {}) }
  })
  await sampler.prepare()
  for (state.now = 5000; state.now < 30_000; state.now += 5000) {
    expect(sampler.read().cpuUsagePercent).toBe(25)
    await new Promise(setImmediate)
  }
  expect(rounds).toBe(2)
  state.now = 31_000
  expect(sampler.read().cpuUsagePercent).toBeNull()
})

test('without I/O monitoring disks and network are not asked', async () => {
  const fail = () => Promise.reject(new Error('asked'))
  const { sampler, guard } = setUp(() => ({ ...answers(1), fsSize: fail, fsStats: fail, networkStats: fail }), false)
  await sampler.prepare()
  expect(sampler.read()).toMatchObject({ disks: null, networkRxBytes: null, cpuUsagePercent: 25 })
  expect(guard.faults).toEqual([])
})

test('the package itself answers here', async () => {
  const guard = new FaultList()
  const sampler = new PortableSampler({ monotonicMs: () => 0, guard, ioMonitoring: false, platform: process.platform })
  await sampler.prepare()
  const metrics = sampler.read()
  expect(guard.faults).toEqual([])
  expect(metrics.memoryTotalBytes).toBeGreaterThan(0)
  expect(metrics.cpuUsagePercent).not.toBeNull()
})
