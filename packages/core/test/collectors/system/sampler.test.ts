import { expect, test } from 'vitest'
import { EMPTY_SYSTEM_METRICS } from '../../../src/collectors/system/collector.js'
import { SystemSampler } from '../../../src/collectors/system/sampler.js'
import { FaultList, FixtureTree } from '../fixture-tree.js'

const FILES = {
  'proc/stat': 'cpu  10 0 0 90\ncpu0 10 0 0 90\n',
  'proc/meminfo': 'MemTotal: 1000 kB\nMemAvailable: 400 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n',
  'proc/loadavg': '1.00 2.00 3.00 1/9 9\n',
  'proc/uptime': '100.50 1.00\n',
  'proc/1/stat': '',
  'proc/diskstats': '8 0 sda 1 0 100 1 1 0 100 1\n',
  'proc/self/net/dev': 'Inter-|\n face |\n  eth0: 5 0 0 0 0 0 0 0 6 0 0 0 0 0 0 0\n',
  'proc/self/mountinfo': '27 1 254:0 / / rw - ext4 /dev/vda rw\n',
  'proc/pressure/cpu': 'some avg10=1.50 avg60=0.00 avg300=0.00 total=1\n',
}

function setUp(files: Record<string, string>, ioMonitoring = true) {
  const tree = new FixtureTree(files)
  const guard = new FaultList()
  const state = { now: 0, statfsCount: 0 }
  const sampler = new SystemSampler({
    root: tree.root,
    monotonicMs: () => state.now,
    guard,
    ioMonitoring,
    statfs: async () => {
      state.statfsCount++
      return { bsize: 1n, blocks: 1000n, bfree: 250n, bavail: 250n, files: 1n }
    },
  })
  return { tree, guard, state, sampler }
}

test('every field that Linux has', async () => {
  const { sampler, state, tree, guard } = setUp(FILES)
  await sampler.prepare()
  sampler.read()
  state.now = 1000
  tree.write({ 'proc/stat': 'cpu  60 0 0 140\ncpu0 60 0 0 140\n' })
  expect(sampler.read()).toEqual({
    cpuUsagePercent: 50,
    cpuCoresPercent: [50],
    memoryTotalBytes: 1_024_000,
    memoryUsedBytes: 614_400,
    memoryAvailableBytes: 409_600,
    swapUsedBytes: 0,
    diskTotalBytes: 1000,
    diskUsedBytes: 750,
    diskReadBytesPerSecond: 0,
    diskWriteBytesPerSecond: 0,
    disks: [{ mount: '/', type: 'ext4', totalBytes: 1000, usedBytes: 750, availableBytes: 250, usedPercent: 75 }],
    networkRxBytes: 5,
    networkTxBytes: 6,
    networkRxBytesPerSecond: 0,
    networkTxBytesPerSecond: 0,
    networkLatencyMs: null,
    loadAverage: [1, 2, 3],
    processCount: 1,
    uptimeSeconds: 100.5,
    container: null,
    pressure: { cpu: 1.5, memory: null, io: null },
  })
  expect(guard.faults).toEqual([])
})

test('without I/O monitoring disks and network are not even read', async () => {
  const { sampler, state, tree, guard } = setUp(FILES, false)
  for (const path of ['proc/diskstats', 'proc/self/net/dev']) tree.makeUnreadable(path)
  await sampler.prepare()
  const metrics = sampler.read()
  expect(metrics).toMatchObject({ diskTotalBytes: null, disks: null, networkRxBytes: null, processCount: 1 })
  expect(state.statfsCount).toBe(0)
  expect(guard.faults).toEqual([])
})

test('no /proc at all: every field is null, and nothing is at fault', async () => {
  const { sampler, guard } = setUp({})
  await sampler.prepare()
  expect(sampler.read()).toEqual(EMPTY_SYSTEM_METRICS)
  expect(guard.faults).toEqual([])
})

test.each([
  ['proc/stat', 'system.cpu', { cpuUsagePercent: null, memoryTotalBytes: 1_024_000 }],
  ['proc/meminfo', 'system.memory', { memoryTotalBytes: null, memoryUsedBytes: null, processCount: 1 }],
  ['proc/loadavg', 'system.load', { loadAverage: null, uptimeSeconds: 100.5 }],
  ['proc/uptime', 'system.uptime', { uptimeSeconds: null, processCount: 1 }],
  ['proc/diskstats', 'system.disk-io', { diskReadBytesPerSecond: null, networkRxBytes: 5 }],
  ['proc/self/net/dev', 'system.network', { networkRxBytes: null, diskTotalBytes: 1000 }],
  ['proc/self/cgroup', 'system.container', { container: null, processCount: 1 }],
  ['proc/pressure/cpu', 'system.pressure', { pressure: null, processCount: 1 }],
])('an unreadable %s costs its own fields and is reported under %s', async (path, part, expected) => {
  const { sampler, tree, guard } = setUp(FILES)
  await sampler.prepare()
  tree.makeUnreadable(path)
  expect(sampler.read()).toMatchObject(expected)
  expect(guard.faults).toEqual([expect.stringContaining(`${part}: EISDIR`)])
})

test.each(Object.keys(FILES).filter((path) => path !== 'proc/1/stat' && path !== 'proc/self/mountinfo'))(
  'a garbled %s is contained',
  async (path) => {
    const { sampler, tree, guard } = setUp(FILES)
    tree.write({ [path]: '\u0000\u0001 : - / \n\n%%% :: x\nvv' })
    await sampler.prepare()
    expect(Object.keys(sampler.read())).toEqual(Object.keys(EMPTY_SYSTEM_METRICS))
    expect(guard.faults).toHaveLength(1)
  },
)

test('an unreadable mountinfo costs the disks', async () => {
  const { sampler, tree, guard } = setUp(FILES)
  tree.makeUnreadable('proc/self/mountinfo')
  await sampler.prepare()
  expect(sampler.read()).toMatchObject({ disks: null, diskTotalBytes: null, processCount: 1 })
  expect(guard.faults).toEqual([expect.stringContaining('system.disk-space: EISDIR')])
})
