import { expect, test } from 'vitest'
import { diskMounts } from '../../../src/collectors/system/disk-mounts.js'
import { DiskSpaceCollector, type FileSystemStats } from '../../../src/collectors/system/disk-space.js'
import { parseMountinfo } from '../../../src/collectors/system/mounts.js'
import { FaultList, FixtureTree } from '../fixture-tree.js'

let nextId = 20
const mount = (device: string, mountPoint: string, type: string, source: string, root = '/') =>
  `${nextId++} 1 ${device} ${root} ${mountPoint} rw,relatime shared:1 master:2 - ${type} ${source} rw,discard\n`

const stats = (blocks: number, free = 0, available = free, files = 7): FileSystemStats => ({
  bsize: 4096n,
  blocks: BigInt(blocks),
  bfree: BigInt(free),
  bavail: BigInt(available),
  files: BigInt(files),
})

const listed = (mountinfo: string, cwd = '/') =>
  diskMounts(parseMountinfo(mountinfo), cwd).map(({ mountPoint }) => mountPoint)

function collector(mountinfo: string, answers: Record<string, () => Promise<FileSystemStats>>) {
  const tree = new FixtureTree({ 'proc/self/mountinfo': mountinfo })
  const state = { now: 0, asked: [] as string[], guard: new FaultList() }
  const statfs = (path: string) => {
    const mountPoint = path.slice(tree.root.length)
    state.asked.push(mountPoint)
    return answers[mountPoint]?.() ?? Promise.reject(Object.assign(new Error('no such mount'), { code: 'ENOENT' }))
  }
  const space = new DiskSpaceCollector({
    root: tree.root,
    monotonicMs: () => state.now,
    guard: state.guard,
    statfs,
    cwd: '/',
  })
  return { space, state, tree }
}

test('mountinfo: optional fields and escapes', () => {
  expect(
    parseMountinfo(
      '36 35 98:0 /a\\040b /mnt\\0401 rw master:1 propagate_from:2 - ext3 /dev/root rw,errors=continue\nx\n',
    ),
  ).toEqual([
    {
      device: '98:0',
      root: '/a b',
      mountPoint: '/mnt 1',
      type: 'ext3',
      source: '/dev/root',
      superOptions: ['rw', 'errors=continue'],
    },
  ])
})

test('each device once, at its shortest mount point; no pseudo file systems, no images', () => {
  expect(
    listed(
      mount('0:21', '/proc', 'proc', 'proc') +
        mount('254:0', '/', 'ext4', '/dev/vda') +
        mount('254:0', '/home/me/bind', 'ext4', '/dev/vda', '/srv') +
        mount('0:25', '/run', 'tmpfs', 'tmpfs') +
        mount('7:1', '/snap/core/1', 'squashfs', '/dev/loop1') +
        mount('0:40', '/var/lib/docker/overlay2/x/merged', 'overlay', 'overlay') +
        mount('8:1', '/data/deep', 'xfs', '/dev/sda1') +
        mount('8:1', '/data', 'xfs', '/dev/sda1'),
    ),
  ).toEqual(['/', '/data'])
})

test("a container's overlay root counts, and a mount hidden by a later one does not", () => {
  expect(
    listed(
      mount('0:50', '/', 'overlay', 'overlay') +
        mount('8:1', '/x', 'ext4', '/dev/sda1') +
        mount('0:51', '/x', 'tmpfs', 'none'),
    ),
  ).toEqual(['/'])
})

test('a remote file system is asked only where the app lives on it', () => {
  const mounts =
    mount('254:0', '/', 'ext4', '/dev/vda') +
    mount('0:60', '/srv', 'nfs4', 'nas:/srv') +
    mount('0:61', '/mnt/s3', 'fuse.s3fs', 's3fs')
  expect(listed(mounts, '/home')).toEqual(['/'])
  expect(listed(mounts, '/srv/app/current')).toEqual(['/', '/srv'])
})

test('figures as `df` shows them, beyond 2^53 blocks times size as well', async () => {
  const { space } = collector(mount('254:0', '/', 'ext4', '/dev/vda') + mount('8:1', '/big', 'xfs', '/dev/sda1'), {
    '/': async () => stats(1000, 600, 550),
    '/big': async () => stats(2 ** 44, 2 ** 43),
  })
  await space.refresh()
  const metrics = space.read()
  expect(metrics.disks?.[0]).toEqual({
    mount: '/',
    type: 'ext4',
    totalBytes: 4_096_000,
    usedBytes: 1_638_400,
    availableBytes: 2_252_800,
    usedPercent: (400 / 950) * 100,
  })
  expect(metrics.disks?.[1]).toMatchObject({ totalBytes: 2 ** 56, usedBytes: 2 ** 55 })
  expect(metrics.diskTotalBytes).toBe(2 ** 56 + 4_096_000)
  expect(metrics.diskUsedBytes).toBe(2 ** 55 + 1_638_400)
})

test('the disk below an overlay is not counted beside it', async () => {
  const { space } = collector(
    mount('0:50', '/', 'overlay', 'overlay') +
      mount('254:0', '/etc/hosts', 'ext4', '/dev/vda', '/containers/1/hosts') +
      mount('8:1', '/data', 'ext4', '/dev/sda1'),
    {
      '/': async () => stats(1000, 600, 600, 50),
      '/etc/hosts': async () => stats(1000, 599, 599, 50),
      '/data': async () => stats(1000, 600, 600, 60),
    },
  )
  await space.refresh()
  expect(space.read().disks?.map((disk) => disk.mount)).toEqual(['/', '/data'])
})

test('a file system that hangs holds nothing up, is asked once, and is left out when stale', async () => {
  let isHanging = false
  const { space, state } = collector(
    mount('254:0', '/', 'ext4', '/dev/vda') + mount('8:1', '/bad', 'xfs', '/dev/sda1'),
    {
      '/': async () => stats(1000),
      '/bad': () => (isHanging ? new Promise(() => {}) : Promise.resolve(stats(10))),
    },
  )
  await space.refresh()
  isHanging = true
  for (state.now = 5000; state.now <= 40_000; state.now += 5000) {
    space.read()
    await new Promise(setImmediate)
  }
  expect(state.asked.filter((path) => path === '/bad')).toHaveLength(2)
  expect(state.asked.filter((path) => path === '/')).toHaveLength(9)
  expect(state.guard.faults[0]).toBe('system.disk-space: the file system at /bad has not answered for 5 s')
  expect(space.read().disks?.map((disk) => disk.mount)).toEqual(['/'])
})

test('two that hang are the most: the pool keeps its other threads', async () => {
  const names = ['/a', '/b', '/c']
  const { space, state } = collector(
    names.map((name, index) => mount(`8:${index}`, name, 'xfs', `/dev/sd${index}`)).join(''),
    { '/a': () => new Promise(() => {}), '/b': () => new Promise(() => {}), '/c': async () => stats(10) },
  )
  void space.refresh()
  await new Promise(setImmediate)
  state.now = 6000
  await space.refresh()
  expect(state.asked).toEqual(['/a', '/b', '/c'])
})

test('a mount point out of reach is left out in silence, another failure is a fault', async () => {
  const fail = (code: string) => () => Promise.reject(Object.assign(new Error(`failed with ${code}`), { code }))
  const { space, state } = collector(
    mount('254:0', '/', 'ext4', '/dev/vda') +
      mount('8:1', '/no', 'xfs', '/dev/sda1') +
      mount('8:2', '/io', 'xfs', '/dev/sdb1'),
    { '/': async () => stats(1000), '/no': fail('EACCES'), '/io': fail('EIO') },
  )
  await space.refresh()
  expect(space.read().disks?.map((disk) => disk.mount)).toEqual(['/'])
  expect(state.guard.faults).toEqual(['system.disk-space: failed with EIO'])
})

test('no /proc: no figures and no fault', async () => {
  const guard = new FaultList()
  const space = new DiskSpaceCollector({ root: new FixtureTree().root, monotonicMs: () => 0, guard })
  await space.refresh()
  expect(space.read()).toEqual({})
  expect(guard.faults).toEqual([])
})
