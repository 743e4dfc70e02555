import { expect, test } from 'vitest'
import { NetworkCollector } from '../../../src/collectors/system/network.js'
import { FixtureTree } from '../fixture-tree.js'

const HEADER = 'Inter-|   Receive                |  Transmit\n face |bytes    packets errs |bytes packets\n'
const line = (name: string, rx: number, tx: number) => `  ${name}: ${rx} 9 0 0 0 0 0 0 ${tx} 9 0 0 0 0 0 0\n`

function collect(...readings: string[]) {
  let now = 0
  const tree = new FixtureTree()
  const collector = new NetworkCollector({ root: tree.root, monotonicMs: () => now })
  return readings.map((text) => {
    tree.write({ 'proc/self/net/dev': HEADER + text })
    now += 500
    return collector.read()
  })
}

test('counters and rates over all interfaces but loopback', () => {
  const [first, second] = collect(
    line('lo', 7, 7) + line('eth0', 100, 10) + line('eth1', 1, 1),
    line('lo', 9e9, 9e9) + line('eth0', 200, 20) + line('eth1', 1, 6),
  )
  expect(first).toEqual({
    networkRxBytes: 101,
    networkTxBytes: 11,
    networkRxBytesPerSecond: null,
    networkTxBytesPerSecond: null,
  })
  expect(second).toEqual({
    networkRxBytes: 201,
    networkTxBytes: 26,
    networkRxBytesPerSecond: 200,
    networkTxBytesPerSecond: 30,
  })
})

test('a counter that wrapped gives no rate for its interval, never a negative one', () => {
  const [, second, third] = collect(line('eth0', 4e9, 50), line('eth0', 5, 60), line('eth0', 10, 60))
  expect(second).toMatchObject({ networkRxBytes: 5, networkRxBytesPerSecond: null, networkTxBytesPerSecond: null })
  expect(third).toMatchObject({ networkRxBytesPerSecond: 10, networkTxBytesPerSecond: 0 })
})

test('an interface that came or went leaves the rate of the others', () => {
  const [, second, third] = collect(
    line('eth0', 0, 0),
    line('eth0', 10, 0) + line('veth1', 1e9, 1e9),
    line('eth0', 20, 0),
  )
  expect(second).toMatchObject({ networkRxBytesPerSecond: 20 })
  expect(third).toMatchObject({ networkRxBytesPerSecond: 20 })
})

test('the format of old kernels, with no space after the colon', () => {
  const [first] = collect('  eth0:100 9 0 0 0 0 0 0 50 9 0 0 0 0 0 0\n')
  expect(first).toMatchObject({ networkRxBytes: 100, networkTxBytes: 50 })
})

test('missing is nothing, garbled is a fault', () => {
  expect(new NetworkCollector({ root: new FixtureTree().root, monotonicMs: () => 0 }).read()).toEqual({})
  expect(() => collect('  eth0: many 9 0 0 0 0 0 0 50\n')).toThrow('/proc/self/net/dev')
  expect(() => collect('garbage\n')).toThrow('a line without an interface')
})
