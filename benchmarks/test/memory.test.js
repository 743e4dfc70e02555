import { expect, onTestFinished, test } from 'vitest'
import { CONTENDERS } from '../accuracy/contenders.js'
import { barsOf } from '../lib/bars.js'
import { startChild } from '../lib/child.js'
import { growthPerMillion, renderMemory } from '../lib/page-memory.js'
import { DiscardingConnection } from '../memory/connection.js'
import { differences } from '../memory/measure.js'

const MIB = 1024 * 1024

test('what both have is of neither an operation nor an hour', () => {
  const small = { usedBytes: 10_000, historyBytes: 1000 }
  const wide = { usedBytes: 18_000, historyBytes: 3000 }
  const long = { usedBytes: 50_000, historyBytes: 36_000 }
  expect(differences({ operations: 100, small, wide, long })).toEqual({
    bytesPerOperation: 60,
    historyBytes: 40_000,
    countedHistoryBytes: 35_000,
  })
})

test('growth is the slope of the second half, and none of too few requests', () => {
  const marks = [1, 2, 3, 4, 5, 6].map((n) => ({
    requests: n * 100_000,
    bytes: n < 4 ? n * MIB : 3 * MIB + n * 50_000,
  }))
  expect(growthPerMillion(marks)).toBeCloseTo(500_000)
  expect(growthPerMillion(marks.map(({ bytes }) => ({ requests: 100, bytes })))).toBeNull()
})

test('a response gives its connection back once it is sent', async () => {
  const connection = new DiscardingConnection()
  for (const expected of [1, 2]) {
    const { req, res } = connection.open('GET', '/orders')
    let closed = 0
    res.on('close', () => closed++)
    res.end('{"ok":true}')
    await new Promise(process.nextTick)
    expect({ closed, socket: res.socket, writable: res.writableFinished, url: req.url }).toEqual({
      closed: 1,
      socket: null,
      writable: true,
      url: '/orders',
    })
    expect(connection.bytesWritten).toBeGreaterThan(expected * '{"ok":true}'.length)
  }
})

test.each(CONTENDERS)('$name keeps what it was given', async ({ name }) => {
  const child = start('series-process.js', [name])
  const measured = await child.ask('measure', { series: 20, records: 100 })
  expect(Object.keys(measured)).toEqual(['bytesPerSeries', 'residentBytesPerSeries', 'worstErrorPercent'])
  for (const figure of Object.values(measured)) expect(Number.isFinite(figure)).toBe(true)
})

test('requests without sockets are recorded, each of them', async () => {
  const child = start('exchanges-process.js')
  await child.ask('run', { count: 150, perSecond: 100 })
  const { exchanges, recorded, usedBytes, historyBytes } = await child.ask('run', { count: 50, perSecond: 100 })
  expect({ exchanges, recorded }).toEqual({ exchanges: 200, recorded: 200 })
  expect(historyBytes).toBeGreaterThan(0)
  expect(usedBytes).toBeGreaterThan(historyBytes)
})

test('a history that was made takes what it says, and more', async () => {
  const { usedBytes, historyBytes } = await start('history-process.js', ['20', '30']).ask('measure')
  expect(historyBytes).toBeGreaterThan(0)
  expect(usedBytes).toBeGreaterThan(historyBytes)
})

test('a server tells what it keeps', async () => {
  const { usedBytes, residentBytes } = await start('server.js', ['express', 'perf-monitor']).ask('used')
  expect(usedBytes).toBeGreaterThan(0)
  expect(residentBytes).toBeGreaterThan(usedBytes)
})

test('the page and the bar', () => {
  const memory = {
    kept: {
      series: 1000,
      records: 1000,
      contenders: [
        {
          name: 'perf-monitor',
          title: 'ours',
          bytesPerSeries: 2048,
          residentBytesPerSeries: -10,
          worstErrorPercent: 0.42,
        },
        {
          name: 'theirs',
          title: 'theirs',
          bytesPerSeries: 512,
          residentBytesPerSeries: 69_632,
          worstErrorPercent: 30.351,
        },
      ],
    },
    history: {
      operations: 1000,
      seconds: 3600,
      bytesPerOperation: 8192,
      historyBytes: 25e6,
      countedHistoryBytes: 22e6,
    },
    exchanges: {
      perSecond: 1000,
      marks: [1, 2, 3, 4].map((n) => ({ exchanges: n * 1_800_000, usedBytes: 24e6, historyBytes: 6e6 })),
    },
    requests: {
      seconds: 30,
      servers: ['bare', 'perf-monitor'].map((name) => ({
        name,
        marks: [0, 50_000, 100_000].map((requests) => ({ requests, usedBytes: 10e6, residentBytes: 95e6 })),
      })),
    },
  }
  const page = renderMemory(memory)
  expect(page).toContain('| ours | **2.00** | 0 | 0.42 % |')
  expect(page).toContain('| theirs | **0.50** | 68 | 30.35 % |')
  expect(page).toContain('8.0 KiB, from the difference between 2,000 and 1,000 operations')
  expect(page).toContain('25.0 MB')
  expect(page).toContain('| 7,200,000 | 2.0 | 24.0 | 6.0 | **18.0** |')
  expect(page).toContain('| bare Express | 100,000 | 10.0 | 95.0 |')
  expect(page).toContain('KiB for a million requests: bare Express 0, perf-monitor 0.')
  expect(page).not.toMatch(/NaN|undefined|null|not measured/)
  expect(barsOf({ memory })).toMatchObject([{ figure: '2.00 KiB, 0.42 %', holds: true }])
})

function start(file, args = []) {
  const child = startChild({ url: new URL(`../memory/${file}`, import.meta.url), args, nodeArgs: ['--expose-gc'] })
  onTestFinished(() => child.stop())
  return child
}
