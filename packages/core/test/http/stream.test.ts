import { describe, expect, it, vi } from 'vitest'
import { PerfHttpError } from '../../src/errors.js'
import { StreamHub } from '../../src/http/stream.js'
import { aSample, FakeSource } from './fake-source.js'

function setUp() {
  const source = new FakeSource()
  const hub = new StreamHub(source)
  const open = () => hub.open()[Symbol.asyncIterator]()
  return { source, hub, open }
}

async function take(client: AsyncIterator<string>, count: number): Promise<string[]> {
  const events: string[] = []
  for (let i = 0; i < count; i++) events.push((await client.next()).value)
  return events
}

const sampleEvent = (id: number) => `id: ${id}\nevent: sample\ndata: ${JSON.stringify(aSample())}\n\n`

it('sends samples and alerts with ids, and a heartbeat', async () => {
  const { source, open } = setUp()
  const client = open()
  source.emitSample()
  source.emitAlert({ id: 'a1', message: 'two\nlines' })
  source.clock.advance(15_000)
  expect(await take(client, 4)).toEqual([
    'retry: 3000\n\n',
    sampleEvent(1),
    'id: 2\nevent: alert\ndata: {"id":"a1","message":"two\\nlines"}\n\n',
    ':\n\n',
  ])
})

it('delivers to a client that waits', async () => {
  const { source, open } = setUp()
  const client = open()
  await client.next()
  const waiting = client.next()
  source.emitSample()
  expect((await waiting).value).toBe(sampleEvent(1))
})

it('gives a later client the last sample at once', async () => {
  const { source, open } = setUp()
  open()
  source.emitSample()
  source.emitAlert({ id: 'a1' })
  expect((await take(open(), 2))[1]).toBe(sampleEvent(1))
})

it('gives the first one what the source sends at subscription', async () => {
  const { source, hub } = setUp()
  source.onSample = (listener) => {
    listener(aSample())
    return () => {}
  }
  expect((await take(hub.open()[Symbol.asyncIterator](), 2))[1]).toBe(sampleEvent(1))
})

it('serialises an event once for all clients', async () => {
  const { source, open } = setUp()
  const clients = [open(), open(), open()]
  const toJSON = vi.fn(() => 'serialised')
  source.emitAlert({ toJSON } as object)
  for (const client of clients) expect((await take(client, 2))[1]).toContain('"serialised"')
  expect(toJSON).toHaveBeenCalledTimes(1)
})

it('is free while nobody listens', async () => {
  const { source, open } = setUp()
  expect([source.sampleListeners.size, source.alertListeners.size, source.clock.timerCount]).toEqual([0, 0, 0])
  const clients = [open(), open()]
  expect([source.sampleListeners.size, source.alertListeners.size, source.clock.timerCount]).toEqual([1, 1, 1])
  await clients[0]?.return?.()
  expect(source.sampleListeners.size).toBe(1)
  await clients[1]?.return?.()
  await clients[1]?.return?.()
  expect([source.sampleListeners.size, source.alertListeners.size, source.clock.timerCount]).toEqual([0, 0, 0])
})

it('forgets the last sample once nobody listens: it would be stale', async () => {
  const { source, hub, open } = setUp()
  const first = open()
  source.emitSample()
  await first.return?.()
  const client = open()
  await client.next()
  const waiting = client.next()
  hub.close()
  expect(await waiting).toEqual({ done: true, value: undefined })
})

describe('limits', () => {
  it('refuses the client too many, until one leaves', async () => {
    const { hub, open } = setUp()
    const clients = [open(), open(), open()]
    expect(() => open()).toThrow(PerfHttpError)
    expect(() => open()).toThrow(/limits\.maxStreamClients/)
    expect([hub.clientCount, hub.rejectedCount]).toEqual([3, 2])
    await clients[0]?.return?.()
    open()
    expect(hub.clientCount).toBe(3)
  })

  it('drops a client that does not read, and keeps nothing for it', async () => {
    const { source, hub, open } = setUp()
    const slow = open()
    const quick = open()
    await quick.next()
    for (let i = 0; i < 40; i++) {
      source.emitSample()
      await quick.next()
    }
    expect([hub.clientCount, hub.droppedCount]).toEqual([1, 1])
    expect(await slow.next()).toEqual({ done: true, value: undefined })
    expect(source.sampleListeners.size).toBe(1)
  })
})

it('close() ends all, and a new client may come after it', async () => {
  const { source, hub, open } = setUp()
  const client = open()
  await client.next()
  const waiting = client.next()
  open()
  hub.close()
  expect((await waiting).done).toBe(true)
  expect([hub.clientCount, source.sampleListeners.size, source.clock.timerCount]).toEqual([0, 0, 0])
  open()
  expect(hub.clientCount).toBe(1)
})

it('a source that cannot be listened to is a fault, and no more', async () => {
  const { source, hub, open } = setUp()
  source.onSample = () => {
    throw new Error('no samples')
  }
  const client = open()
  source.emitAlert({ id: 'a1' })
  expect((await take(client, 2))[1]).toContain('a1')
  expect(source.guard.faults).toMatchObject([{ part: 'stream', lastError: 'no samples' }])
  hub.close()
  expect(source.alertListeners.size).toBe(0)
})
