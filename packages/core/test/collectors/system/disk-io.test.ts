import { expect, test } from 'vitest'
import { DiskIoCollector } from '../../../src/collectors/system/disk-io.js'
import { FixtureTree } from '../fixture-tree.js'

const line = (name: string, readSectors: number, writtenSectors: number) =>
  `   8       0 ${name} 10 0 ${readSectors} 5 20 0 ${writtenSectors} 6 0 7 8 0 0 0 0 0 0\n`

function collect(...readings: string[]) {
  let now = 0
  const tree = new FixtureTree({ 'proc/diskstats': readings[0] ?? '' })
  const collector = new DiskIoCollector({ root: tree.root, monotonicMs: () => now })
  return readings.map((text) => {
    tree.write({ 'proc/diskstats': text })
    now += 2000
    return collector.read()
  })
}

test('bytes per second of whole disks', () => {
  const [first, second] = collect(line('sda', 0, 0), line('sda', 8, 4))
  expect(first).toEqual({})
  expect(second).toEqual({ diskReadBytesPerSecond: 2048, diskWriteBytesPerSecond: 1024 })
})

test('partitions, mapped devices, loops, memory disks and multipath paths are not counted again', () => {
  const names = `sda sda1 sda12 nvme0n1 nvme0n1p1 nvme0c0n1 mmcblk0 mmcblk0p2 xvda1 dm-0 md0 md127p1 loop3 ram0 zram0 sr0 drbd1 bcache0`
  const all = (sectors: number) =>
    names
      .split(' ')
      .map((name) => line(name, sectors, sectors))
      .join('')
  const [, second] = collect(all(0), all(4))
  // sda, nvme0n1, mmcblk0, and xvda1 because there is no xvda
  expect(second).toEqual({ diskReadBytesPerSecond: 4096, diskWriteBytesPerSecond: 4096 })
})

test('a counter that went back gives no figure for its interval, and the next one again', () => {
  const [, second, third] = collect(line('sda', 100, 100), line('sda', 10, 200), line('sda', 14, 200))
  expect(second).toEqual({})
  expect(third).toEqual({ diskReadBytesPerSecond: 1024, diskWriteBytesPerSecond: 0 })
})

test('a disk that appears adds nothing in its first interval', () => {
  const [, second] = collect(line('sda', 0, 0), line('sda', 4, 0) + line('sdb', 1e9, 1e9))
  expect(second).toEqual({ diskReadBytesPerSecond: 1024, diskWriteBytesPerSecond: 0 })
})

test('missing is nothing, garbled is a fault', () => {
  expect(new DiskIoCollector({ root: new FixtureTree().root, monotonicMs: () => 0 }).read()).toEqual({})
  expect(() => collect('   8       0 sda 10 0 zero 5 20 0 1\n')).toThrow('/proc/diskstats')
  expect(() => collect('garbage\n')).toThrow('/proc/diskstats')
})
