import { expect, test } from 'vitest'
import { PressureCollector } from '../../../src/collectors/system/pressure.js'
import { FaultList, FixtureTree } from '../fixture-tree.js'

const psi = (share: string) =>
  `some avg10=${share} avg60=9.00 avg300=9.00 total=1\nfull avg10=8.00 avg60=0.00 avg300=0.00 total=0\n`

test('the share of the last ten seconds; what one file lacks is null for it alone', () => {
  const guard = new FaultList()
  const tree = new FixtureTree({ 'proc/pressure/cpu': psi('0.83'), 'proc/pressure/memory': 'some avg10=x\n' })
  expect(new PressureCollector({ root: tree.root, guard }).read(null)).toEqual({
    pressure: { cpu: 0.83, memory: null, io: null },
  })
  expect(guard.faults).toEqual([
    'system.pressure: /proc/pressure/memory: expected "some avg10=", got "some avg10=x\\n"',
  ])
})

test('a kernel without pressure information has none, and that is no fault', () => {
  const guard = new FaultList()
  expect(new PressureCollector({ root: new FixtureTree().root, guard }).read(null)).toEqual({ pressure: null })
  expect(guard.faults).toEqual([])
})

test("a container's own pressure comes before the machine's", () => {
  const tree = new FixtureTree({
    'proc/pressure/cpu': psi('1.00'),
    'proc/pressure/io': psi('2.00'),
    'sys/fs/cgroup/cpu.pressure': psi('50.00'),
  })
  const collector = new PressureCollector({ root: tree.root, guard: new FaultList() })
  expect(collector.read('/sys/fs/cgroup')).toEqual({ pressure: { cpu: 50, memory: null, io: 2 } })
})
