import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { OpenFiles } from '../../../src/collectors/system/open-files.js'

test.skipIf(process.platform !== 'linux')('counts what this process holds open', () => {
  const files = new OpenFiles()
  const before = files.read() as number
  const opened = Array.from({ length: 20 }, () => openSync('/dev/null', 'r'))
  const during = files.read() as number
  for (const file of opened) closeSync(file)
  expect(during - before).toBeGreaterThanOrEqual(15) // others of this process come and go
  expect(during).toBeGreaterThan(20)
})

test('a folder is listed where its size is no count; a long one not each time', () => {
  const folder = mkdtempSync(join(tmpdir(), 'perf-monitor-files-'))
  const list = join(folder, 'fd')
  mkdirSync(list)
  for (let n = 0; n < 5003; n++) writeFileSync(join(list, String(n)), '')
  const files = new OpenFiles(list)
  const first = files.read()
  rmSync(join(list, '0'))
  const rest = Array.from({ length: 10 }, () => files.read())
  rmSync(folder, { recursive: true })
  // the list itself is open while it is read, which is not counted
  expect(first).toBe(5002)
  expect(rest).toEqual([...Array(9).fill(5002), 5001])
})

test('null where the system does not tell', () => {
  expect(new OpenFiles('/nowhere/at/all').read()).toBeNull()
})
