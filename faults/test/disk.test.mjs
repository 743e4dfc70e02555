import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startChild } from '../../scripts/child-process.mjs'
import { readApp } from '../lib/catalog.mjs'
import { cgroupMissing } from '../lib/cgroup.mjs'
import { diskMissing, MIN_DISK_MIB, makeDisk, wrapperOf } from '../lib/disk.mjs'
import { missingFor, startServices } from '../lib/services.mjs'

const MIB = 2 ** 20
const missing = diskMissing()

let folder
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'faults-disk-'))
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

it('a note asks for a whole number of MiB that mkfs can use', () => {
  const app = (diskMiB) => {
    mkdirSync(join(folder, 'x'), { recursive: true })
    writeFileSync(join(folder, 'x', 'app.mjs'), '')
    const traffic = [{ path: '/', ratePerSecond: 1 }]
    writeFileSync(join(folder, 'x', 'note.json'), JSON.stringify({ about: 'a', traffic, diskMiB }))
    return () => readApp(join(folder, 'x'), 'x')
  }
  expect(app('32')).toThrow('`diskMiB` must be a number')
  expect(app(32.5)).toThrow(`\`diskMiB\` must be a whole number of at least ${MIN_DISK_MIB}`)
  expect(app(MIN_DISK_MIB - 1)).toThrow('`diskMiB` must be a whole number')
  expect(app(MIN_DISK_MIB)().note.diskMiB).toBe(MIN_DISK_MIB)
})

it.skipIf(process.getuid === undefined)(
  'without root an app with a disk or a quota is skipped, with the reason, and no other',
  () => {
    vi.spyOn(process, 'getuid').mockReturnValue(1000)
    expect(missingFor({ diskMiB: 32 })).toBe('a disk of its own takes root')
    expect(missingFor({ cpuLimitCores: 1 })).toBe('a CPU quota takes root')
    expect(cgroupMissing()).toBe('a CPU quota takes root')
    expect(missingFor({})).toBeNull()
  },
)

it('the command mounts the image for itself, takes its name away and becomes the app', () => {
  const wrapper = wrapperOf({ image: '/tmp/a b/disk.img', folder: '/tmp/a b/data' })
  expect(wrapper.slice(0, 4)).toEqual(['unshare', '--mount', '--propagation', 'private'])
  expect(wrapper).not.toContain('--fork')
  expect(wrapper.slice(-3)).toEqual(['sh', '/tmp/a b/disk.img', '/tmp/a b/data'])
  expect(wrapper.at(-4)).toMatch(/^mount .*-o loop "\$1" "\$2" && rm "\$1" && shift 2 && exec "\$@"$/)
})

it('an app that asks for no disk is started as it is', async () => {
  const { services, wrapper, stop } = await startServices({ folder, note: {} }, 'app')
  expect([services, wrapper]).toEqual([{}, []])
  await stop()
})

describe.skipIf(missing !== null)('a disk of its own', () => {
  const CHILD = `
    import { statfs, writeFile } from 'node:fs/promises'
    import { answerParent } from '${new URL('../../scripts/child-process.mjs', import.meta.url)}'
    answerParent({
      pid: () => process.pid,
      write: ({ folder }) => writeFile(folder + '/kept', Buffer.alloc(2 ** 20)),
      space: async ({ folder }) => { const { blocks, bsize, type } = await statfs(folder); return { bytes: blocks * bsize, type } },
      die: () => process.kill(process.pid, 'SIGKILL'),
    })`
  const EXT4 = 0xef53

  async function started() {
    writeFileSync(join(folder, 'child.mjs'), CHILD)
    const { services, wrapper, stop } = await startServices({ folder, note: { diskMiB: 16 } }, 'app')
    const child = startChild({ file: join(folder, 'child.mjs'), wrapper })
    return { child, disk: services.disk, stop }
  }

  /** What loop devices hold of this disk: the kernel lists an image even when its name is gone. */
  function imagesInUse(disk) {
    return readdirSync('/sys/block').flatMap((device) => {
      try {
        const image = readFileSync(`/sys/block/${device}/loop/backing_file`, 'utf8')
        return image.startsWith(dirname(disk.folder)) ? [image] : []
      } catch {
        return [] // no loop device, or a free one
      }
    })
  }

  it('is there for the app alone, and gone with it', async () => {
    const { child, disk, stop } = await started()
    try {
      expect(await child.ask('pid')).toBe(child.pid)
      const { bytes, type } = await child.ask('space', disk)
      expect(type).toBe(EXT4)
      expect(bytes).toBeGreaterThan(14 * MIB)
      expect(bytes).toBeLessThanOrEqual(16 * MIB)
      await child.ask('write', disk)
      expect(existsSync(join(disk.folder, 'kept'))).toBe(false)
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(disk.folder)
      expect(existsSync(join(dirname(disk.folder), 'disk.img'))).toBe(false)
    } finally {
      await child.stop()
      await stop()
    }
    expect(existsSync(dirname(disk.folder))).toBe(false)
  })

  it('leaves nothing behind when the app is killed', async () => {
    const { child, disk, stop } = await started()
    await child.ask('write', disk)
    expect(imagesInUse(disk)).toHaveLength(1)
    await expect(child.ask('die')).rejects.toThrow('SIGKILL')
    await expect.poll(() => imagesInUse(disk)).toEqual([])
    await child.stop()
    await stop()
    expect(existsSync(dirname(disk.folder))).toBe(false)
  })

  it('that cannot be mounted is an error that says so', async () => {
    const disk = makeDisk({ mebibytes: 16 })
    rmSync(join(dirname(disk.folder), 'disk.img'))
    const child = startChild({ file: join(folder, 'child.mjs'), wrapper: disk.wrapper })
    await expect(child.ask('pid')).rejects.toThrow(/mount: .*disk\.img/)
    await child.stop()
    disk.stop()
  })
})
