import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { closeKernelFiles, readKernelFile } from '../../../src/collectors/system/kernel-file.js'
import { FixtureTree } from '../fixture-tree.js'

afterEach(closeKernelFiles)

function openCount(path: string): number {
  let count = 0
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      if (readlinkSync(`/proc/self/fd/${fd}`) === path) count++
    } catch {
      // that of the list itself
    }
  }
  return count
}

describe.runIf(process.platform === 'linux')('files of this kernel', () => {
  test('are opened once, read whole each time, and closed', () => {
    const path = `/proc/${process.pid}/comm`
    const name = readFileSync(path, 'utf8')
    try {
      expect(readKernelFile('/', path)).toBe(name)
      writeFileSync(path, 'a-longer-name')
      expect(readKernelFile('/', path)).toBe('a-longer-name\n')
      writeFileSync(path, 'short')
      expect(readKernelFile('/', path)).toBe('short\n')
      expect(openCount(path)).toBe(1)
      closeKernelFiles()
      expect(openCount(path)).toBe(0)
      expect(readKernelFile('/', path)).toBe('short\n')
    } finally {
      writeFileSync(path, name.trim())
    }
  })

  test('longer ones than a page are read to the end', () => {
    expect(readKernelFile('/', '/proc/filesystems')).toBe(readFileSync('/proc/filesystems', 'utf8'))
    const names = (text: string | null) => text?.match(/^\w+:/gm)
    for (const path of ['/proc/self/smaps', '/proc/meminfo']) {
      expect(names(readKernelFile('/', path))?.length).toBeGreaterThan(20)
    }
    expect(names(readKernelFile('/', '/proc/meminfo'))).toEqual(names(readFileSync('/proc/meminfo', 'utf8')))
  })

  test('what the kernel does not offer is null, and leaves nothing open', () => {
    expect(readKernelFile('/', '/proc/no-such-file')).toBeNull()
    expect(() => readKernelFile('/', '/proc/self/net')).toThrow('EISDIR')
    expect(openCount(`/proc/${process.pid}/net`)).toBe(0)
  })
})

test('a fixture is read from where it stands, and anew', () => {
  const tree = new FixtureTree({ 'proc/uptime': '1 2' })
  expect(readKernelFile(tree.root, '/proc/uptime')).toBe('1 2')
  writeFileSync(join(tree.root, 'proc/uptime'), '3 4')
  expect(readKernelFile(tree.root, '/proc/uptime')).toBe('3 4')
  expect(readKernelFile(tree.root, '/proc/other')).toBeNull()
})
