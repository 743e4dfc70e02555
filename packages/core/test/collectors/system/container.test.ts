import { expect, test } from 'vitest'
import { ContainerCollector } from '../../../src/collectors/system/container.js'
import { FaultList, FixtureTree } from '../fixture-tree.js'

const GIB = 1024 ** 3
const HOST = { cores: 8, memoryBytes: 16 * GIB }
const UNLIMITED_V1 = '9223372036854771712\n'

const cgroup2 = (root = '/', mountPoint = '/sys/fs/cgroup') =>
  `31 23 0:28 ${root} ${mountPoint} rw - cgroup2 cgroup2 rw,nsdelegate\n`
const cgroup1 = (controllers: string, mountPoint: string, root = '/') =>
  `32 31 0:29 ${root} ${mountPoint} rw shared:9 - cgroup cgroup rw,${controllers}\n`

function under(directory: string, files: Record<string, string>) {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`${directory}/${name}`, text]))
}

function setUp(files: Record<string, string>) {
  const tree = new FixtureTree(files)
  const state = { now: 0 }
  const guard = new FaultList()
  const collector = new ContainerCollector({ root: tree.root, monotonicMs: () => state.now, guard })
  return { tree, state, guard, collector, read: () => collector.read(HOST) }
}

const V2 = {
  'proc/self/cgroup': '0::/\n',
  'proc/self/mountinfo': cgroup2(),
  ...under('sys/fs/cgroup', {
    'cpu.max': '50000 100000\n',
    'cpu.stat': 'usage_usec 1000000\nuser_usec 1\nnr_periods 100\nnr_throttled 10\nthrottled_usec 5\n',
    'memory.max': `${GIB}\n`,
    'memory.current': `${0.75 * GIB}\n`,
    'memory.swap.current': '4096\n',
    'memory.stat': `anon 5\ninactive_anon 9\ninactive_file ${0.25 * GIB}\n`,
  }),
}

test('v2: limits, working set, and shares of the quota from the second reading on', () => {
  const { tree, state, read, guard } = setUp(V2)
  expect(read()).toEqual({
    metrics: {
      cpuUsagePercent: null,
      cpuCoresPercent: null,
      memoryTotalBytes: GIB,
      memoryUsedBytes: 0.5 * GIB,
      memoryAvailableBytes: 0.5 * GIB,
      swapUsedBytes: 4096,
      container: { cpuLimitCores: 0.5, memoryLimitBytes: GIB, memoryUsedBytes: 0.5 * GIB, throttledPercent: null },
    },
    pressureDirectory: '/sys/fs/cgroup',
  })
  state.now = 1000
  // 0.4 s of CPU in 1 s, half a core allowed; stopped in 2 of 10 periods
  tree.write({ 'sys/fs/cgroup/cpu.stat': 'usage_usec 1400000\nnr_periods 110\nnr_throttled 12\n' })
  const { metrics } = read()
  expect(metrics.cpuUsagePercent).toBeCloseTo(80)
  expect(metrics.container?.throttledPercent).toBe(20)
  expect(guard.faults).toEqual([])
})

test('an idle container was not throttled; one that used more than its quota for a moment is at 100', () => {
  const { tree, state, read } = setUp(V2)
  read()
  state.now = 100
  tree.write({ 'sys/fs/cgroup/cpu.stat': 'usage_usec 1090000\nnr_periods 100\nnr_throttled 10\n' })
  expect(read().metrics).toMatchObject({ cpuUsagePercent: 100, container: { throttledPercent: 0 } })
})

test('counters that went back give null for their interval', () => {
  const { tree, state, read } = setUp(V2)
  read()
  state.now = 1000
  tree.write({ 'sys/fs/cgroup/cpu.stat': 'usage_usec 5\nnr_periods 1\nnr_throttled 0\n' })
  expect(read().metrics).toMatchObject({ cpuUsagePercent: null, container: { throttledPercent: null } })
  state.now = 2000
  tree.write({ 'sys/fs/cgroup/cpu.stat': 'usage_usec 250005\nnr_periods 11\nnr_throttled 0\n' })
  expect(read().metrics).toMatchObject({ cpuUsagePercent: 50, container: { throttledPercent: 0 } })
})

test('v2 nested: the tightest limit upwards, and what was used where it holds', () => {
  const pod = 'sys/fs/cgroup/kubepods/pod1'
  const { read } = setUp({
    'proc/self/cgroup': '0::/kubepods/pod1/main/worker\n',
    'proc/self/mountinfo': cgroup2(),
    ...under('sys/fs/cgroup/kubepods', { 'cpu.max': 'max 100000\n', 'memory.max': `${8 * GIB}\n` }),
    ...under(pod, {
      'cpu.max': '200000 100000\n',
      'cpu.stat': 'usage_usec 1\nnr_periods 1\nnr_throttled 0\n',
      'memory.max': `${2 * GIB}\n`,
      'memory.current': `${GIB}\n`,
      'memory.stat': 'inactive_file 0\n',
    }),
    ...under(`${pod}/main`, { 'cpu.max': 'max 100000\n', 'memory.max': 'max\n' }),
    ...under(`${pod}/main/worker`, {
      'cpu.max': '400000 100000\n',
      'memory.max': `${4 * GIB}\n`,
      'memory.current': '1\n',
    }),
  })
  expect(read()).toMatchObject({
    metrics: { memoryUsedBytes: GIB, container: { cpuLimitCores: 2, memoryLimitBytes: 2 * GIB, memoryUsedBytes: GIB } },
    pressureDirectory: `/${pod}`,
  })
})

test.each([
  ['max', 'max 100000\n', 'max\n'],
  ['limits above the machine', '1600000 100000\n', `${64 * GIB}\n`],
])('v2 without a limit that binds (%s) is no container', (_, cpuMax, memoryMax) => {
  const { read } = setUp({ ...V2, 'sys/fs/cgroup/cpu.max': cpuMax, 'sys/fs/cgroup/memory.max': memoryMax })
  expect(read()).toEqual({ metrics: {}, pressureDirectory: null })
})

test('only a quota: memory stays the machine’s, the container shows its own working set', () => {
  const { read } = setUp({ ...V2, 'sys/fs/cgroup/memory.max': 'max\n' })
  const { metrics } = read()
  expect(metrics).not.toHaveProperty('memoryTotalBytes')
  expect(metrics.container).toEqual({
    cpuLimitCores: 0.5,
    memoryLimitBytes: null,
    memoryUsedBytes: 0.5 * GIB,
    throttledPercent: null,
  })
})

const V1_ID = '/docker/abc'
const V1 = {
  'proc/self/cgroup': `9:name=systemd:${V1_ID}\n4:memory:${V1_ID}\n2:cpu,cpuacct:${V1_ID}\n`,
  'proc/self/mountinfo':
    cgroup1('cpu,cpuacct', '/sys/fs/cgroup/cpu,cpuacct', V1_ID) + cgroup1('memory', '/sys/fs/cgroup/memory', V1_ID),
  ...under('sys/fs/cgroup/cpu,cpuacct', {
    'cpu.cfs_quota_us': '150000\n',
    'cpu.cfs_period_us': '100000\n',
    'cpu.stat': 'nr_periods 0\nnr_throttled 0\nthrottled_time 0\n',
    'cpuacct.usage': '0\n',
  }),
  ...under('sys/fs/cgroup/memory', {
    'memory.limit_in_bytes': `${2 * GIB}\n`,
    'memory.usage_in_bytes': `${GIB}\n`,
    'memory.memsw.usage_in_bytes': `${GIB + 8192}\n`,
    'memory.stat': `inactive_file 1\ntotal_inactive_file ${GIB / 4}\n`,
  }),
}

test('v1 in a container whose own cgroup is what is mounted', () => {
  const { tree, state, read } = setUp(V1)
  read()
  state.now = 1000
  tree.write({
    'sys/fs/cgroup/cpu,cpuacct/cpuacct.usage': '750000000\n',
    'sys/fs/cgroup/cpu,cpuacct/cpu.stat': 'nr_periods 10\nnr_throttled 1\n',
  })
  expect(read()).toEqual({
    metrics: {
      cpuUsagePercent: 50,
      cpuCoresPercent: null,
      memoryTotalBytes: 2 * GIB,
      memoryUsedBytes: 0.75 * GIB,
      memoryAvailableBytes: 1.25 * GIB,
      swapUsedBytes: 8192,
      container: {
        cpuLimitCores: 1.5,
        memoryLimitBytes: 2 * GIB,
        memoryUsedBytes: 0.75 * GIB,
        throttledPercent: 10,
      },
    },
    pressureDirectory: null,
  })
})

test('v1 with "unlimited" as the kernel prints it is no container, with and without a known host', () => {
  const { collector, read } = setUp({
    ...V1,
    'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1\n',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': UNLIMITED_V1,
  })
  expect(read().metrics).toEqual({})
  expect(collector.read({ cores: null, memoryBytes: null }).metrics).toEqual({})
})

test('v1 whose path is the host’s and not visible: the mount itself', () => {
  const { read } = setUp({
    ...V1,
    'proc/self/cgroup': '4:memory:/../../other\n2:cpu,cpuacct:/somewhere/else\n',
  })
  expect(read().metrics.container).toMatchObject({ cpuLimitCores: 1.5, memoryLimitBytes: 2 * GIB })
})

test('v1 with cpuacct mounted elsewhere: the cgroup of the same path', () => {
  const { tree, state, read } = setUp({
    'proc/self/cgroup': '3:cpuacct:/app/web\n2:cpu:/app/web\n',
    'proc/self/mountinfo': cgroup1('cpu', '/cg/cpu') + cgroup1('cpuacct', '/cg/cpuacct'),
    ...under('cg/cpu/app/web', { 'cpu.cfs_quota_us': '-1\n', 'cpu.cfs_period_us': '100000\n' }),
    ...under('cg/cpu/app', { 'cpu.cfs_quota_us': '100000\n', 'cpu.cfs_period_us': '100000\n' }),
    'cg/cpuacct/app/web/cpuacct.usage': '0\n',
    'cg/cpuacct/app/cpuacct.usage': '0\n',
  })
  read()
  state.now = 1000
  tree.write({ 'cg/cpuacct/app/cpuacct.usage': '250000000\n' })
  expect(read().metrics.cpuUsagePercent).toBe(25)
})

test('hybrid: v1 holds the controllers, and an empty-handed v2 is mounted beside it', () => {
  const { read } = setUp({
    ...V1,
    'proc/self/cgroup': `${V1['proc/self/cgroup']}0::${V1_ID}\n`,
    'proc/self/mountinfo': V1['proc/self/mountinfo'] + cgroup2('/', '/sys/fs/cgroup/unified'),
    'sys/fs/cgroup/unified/cgroup.procs': '',
  })
  expect(read()).toMatchObject({
    metrics: { container: { cpuLimitCores: 1.5, memoryLimitBytes: 2 * GIB } },
    pressureDirectory: null,
  })
})

test('hybrid: memory in v1, cpu in v2', () => {
  const { read } = setUp({
    ...V1,
    'proc/self/cgroup': `4:memory:${V1_ID}\n0::/\n`,
    'proc/self/mountinfo': cgroup1('memory', '/sys/fs/cgroup/memory', V1_ID) + cgroup2('/', '/sys/fs/cgroup/unified'),
    'sys/fs/cgroup/unified/cpu.max': '25000 100000\n',
    'sys/fs/cgroup/unified/cpu.stat': 'usage_usec 1\n',
  })
  expect(read()).toMatchObject({
    metrics: { container: { cpuLimitCores: 0.25, memoryLimitBytes: 2 * GIB } },
    pressureDirectory: '/sys/fs/cgroup/unified',
  })
})

test('a process that is moved to another cgroup is seen at the next reading', () => {
  const { tree, read } = setUp({
    ...V2,
    ...under('sys/fs/cgroup/small', {
      'memory.max': '1000000\n',
      'memory.current': '500000\n',
      'memory.stat': 'inactive_file 0\n',
    }),
  })
  expect(read().metrics.memoryTotalBytes).toBe(GIB)
  tree.write({ 'proc/self/cgroup': '0::/small\n' })
  expect(read().metrics.memoryTotalBytes).toBe(1_000_000)
})

test('an unreadable or garbled file takes its own figures only', () => {
  const { tree, read, guard } = setUp(V2)
  tree.makeUnreadable('sys/fs/cgroup/memory.stat')
  expect(read().metrics).toMatchObject({
    memoryTotalBytes: GIB,
    memoryUsedBytes: null,
    memoryAvailableBytes: null,
    container: { cpuLimitCores: 0.5, memoryLimitBytes: GIB, memoryUsedBytes: null },
  })
  expect(guard.faults).toEqual([expect.stringContaining('system.container: EISDIR')])
  tree.write({ 'sys/fs/cgroup/cpu.max': 'half\n' })
  const { metrics } = read()
  expect(metrics).not.toHaveProperty('cpuUsagePercent')
  expect(metrics.container).toMatchObject({ cpuLimitCores: null, memoryLimitBytes: GIB })
  expect(guard.faults.at(-2)).toContain('cpu.max: expected a count, got "half"')
})

test('no cgroup file at all: nothing, and no fault', () => {
  const { read, guard } = setUp({})
  expect(read()).toEqual({ metrics: {}, pressureDirectory: null })
  expect(guard.faults).toEqual([])
})
