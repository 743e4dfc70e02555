import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { Guard } from '../../src/guard.js'
import { ConnectLatency } from '../../src/instruments/connect-latency.js'
import { hostNameOf } from '../../src/instruments/connect-watch.js'

interface Seen {
  host: string
  durationMs: number
  success: boolean
}

let seen: Seen[]
let guard: Guard
let latency: ConnectLatency
let server: http.Server
let port: number
const warnings: string[] = []
const onWarning = (warning: Error) => warnings.push(warning.name)

beforeEach(async () => {
  seen = []
  guard = new Guard(systemClock, { info: () => {}, warn: () => {}, error: () => {} })
  latency = new ConnectLatency({
    clock: systemClock,
    guard,
    onConnect: (host, durationMs, success) => seen.push({ host, durationMs, success }),
  })
  server = http.createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
  process.on('warning', onWarning)
})

afterEach(async () => {
  latency.stop()
  server.closeAllConnections()
  server.close()
  await settle()
  process.off('warning', onWarning)
  expect(warnings).toEqual([])
})

/** Performance entries come a turn of the loop later. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
}

async function connect(options: net.TcpNetConnectOpts): Promise<net.Socket> {
  const socket = net.connect(options)
  await once(socket, 'connect')
  return socket
}

const hosts = () => seen.map(({ host, success }) => `${host} ${success}`)
const addresses = (list: { address: string; family: number }[]): net.LookupFunction =>
  ((_: string, __: object, done: (error: null, found: object[]) => void) =>
    done(null, list)) as unknown as net.LookupFunction

test('http.request, fetch and net.connect each count once, by name and port', async () => {
  latency.start()
  const answered = http.get({ host: 'localhost', port, family: 4, agent: false })
  const [response] = (await once(answered, 'response')) as [http.IncomingMessage]
  response.resume()
  await once(response, 'end')
  await (await fetch(`http://127.0.0.1:${port}/`)).text()
  const socket = await connect({ port, host: '127.0.0.1' })
  await settle()
  expect(hosts()).toEqual([`localhost:${port} true`, `127.0.0.1:${port} true`, `127.0.0.1:${port} true`])
  for (const { durationMs } of seen) expect(durationMs).toBeGreaterThan(0)
  const mean = seen.reduce((sum, { durationMs }) => sum + durationMs, 0) / 3
  expect(latency.takeMeanMs()).toBeCloseTo(mean, 6)
  expect(latency.takeMeanMs()).toBeNull()
  socket.destroy()
})

test('a socket that Node 20 does not publish (TLS, `new Socket`) is counted once as well', async () => {
  latency.start()
  const socket = new net.Socket().connect(port, '127.0.0.1')
  await once(socket, 'connect')
  await settle()
  expect(hosts()).toEqual([`127.0.0.1:${port} true`])
  socket.destroy()
})

test('such a socket has the name that was looked up for it, and only that one', async () => {
  latency.start()
  const named = new net.Socket().connect({ port, host: 'localhost', family: 4 })
  await once(named, 'connect')
  await settle()
  const direct = new net.Socket().connect(port, '127.0.0.1')
  await once(direct, 'connect')
  await settle()
  expect(hosts()).toEqual([`localhost:${port} true`, `127.0.0.1:${port} true`])
  named.destroy()
  direct.destroy()
})

test('named as requests are: default ports left out, lower case, brackets around IPv6', () => {
  expect(hostNameOf('API.local', 443)).toBe('api.local')
  expect(hostNameOf('api.local', 80)).toBe('api.local')
  expect(hostNameOf('api.local', 8080)).toBe('api.local:8080')
  expect(hostNameOf('::1', 443)).toBe('[::1]')
  expect(hostNameOf('::1', 3000)).toBe('[::1]:3000')
})

test('time to look the name up is part of it: that is what who connects waits for', async () => {
  latency.start()
  const slow: net.LookupFunction = ((
    _: string,
    __: object,
    done: (error: null, address: string, family: number) => void,
  ) => setTimeout(() => done(null, '127.0.0.1', 4), 60)) as unknown as net.LookupFunction
  const socket = await connect({ port, host: 'slow.test', lookup: slow, autoSelectFamily: false })
  expect(seen).toHaveLength(1)
  expect(seen[0]?.host).toBe(`slow.test:${port}`)
  expect(seen[0]?.durationMs).toBeGreaterThan(50) // of 60: a timer may come early by a millisecond
  socket.destroy()
})

test('Happy Eyeballs: several attempts, one connection', async () => {
  latency.start()
  const lookup = addresses([
    { address: '127.0.0.2', family: 4 }, // nothing listens there
    { address: '127.0.0.1', family: 4 },
  ])
  const socket = await connect({ port, host: 'two.test', lookup, autoSelectFamily: true })
  await settle()
  expect(hosts()).toEqual([`two.test:${port} true`])
  socket.destroy()
})

test('a refused connection is one failure, and no part of the mean', async () => {
  const closed = net.createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const closedPort = (closed.address() as AddressInfo).port
  closed.close()
  await once(closed, 'close')
  latency.start()
  const socket = net.connect(closedPort, '127.0.0.1')
  await once(socket, 'close').catch((error: Error) => error)
  await settle()
  expect(hosts()).toEqual([`127.0.0.1:${closedPort} false`])
  expect(latency.takeMeanMs()).toBeNull()
})

test('unix sockets, unknown names and sockets destroyed at once are no connections', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'perf-monitor-sock-'))
  const local = net.createServer((socket) => socket.end()).listen(join(folder, 's'))
  await once(local, 'listening')
  latency.start()
  const unix = net.connect(join(folder, 's'))
  unix.resume()
  await once(unix, 'close')
  const unknown: net.LookupFunction = ((_: string, __: object, done: (error: Error) => void) =>
    done(new Error('ENOTFOUND'))) as unknown as net.LookupFunction
  await once(net.connect({ port, host: 'none.test', lookup: unknown }), 'connect').catch((error: Error) => error)
  const destroyed = net.connect(port, '127.0.0.1')
  destroyed.destroy()
  await once(destroyed, 'close')
  await settle()
  expect(seen).toEqual([])
  local.close()
  rmSync(folder, { recursive: true, force: true })
})

test("an app's missing error handler stays missing: the error is still thrown", () => {
  latency.start()
  const socket = net.connect(port, '127.0.0.1')
  expect(() => socket.emit('error', new Error('nobody listens'))).toThrow('nobody listens')
  socket.destroy()
})

test('after connecting and after stop the socket is as it was', async () => {
  latency.start()
  const plain = new net.Socket()
  const socket = await connect({ port, host: '127.0.0.1' })
  const waiting = net.connect(port, '127.0.0.1')
  expect(waiting.getMaxListeners()).toBe(plain.getMaxListeners() + 1)
  latency.stop()
  const names = (target: net.Socket) =>
    target.eventNames().filter((name) => ['lookup', 'connectionAttempt', 'connect', 'close'].includes(String(name)))
  for (const one of [socket, waiting]) {
    expect(names(one)).toEqual(names(plain))
    expect(one.eventNames().filter((name) => typeof name === 'symbol')).toEqual(
      plain.eventNames().filter((name) => typeof name === 'symbol'),
    )
    expect(one.getMaxListeners()).toBe(plain.getMaxListeners())
  }
  await once(waiting, 'connect')
  await connect({ port, host: '127.0.0.1' }).then((later) => later.destroy())
  await settle()
  expect(seen).toHaveLength(1)
  for (const one of [socket, waiting, plain]) one.destroy()
})

test('ten listeners of the app raise no warning', async () => {
  latency.start()
  const socket = net.connect(port, '127.0.0.1')
  for (let index = 0; index < 10; index++) socket.on('close', () => {})
  await once(socket, 'connect')
  socket.destroy()
  await settle()
  expect(warnings).toEqual([])
})

test('a callback that throws reaches nobody', async () => {
  const failing = new ConnectLatency({
    clock: systemClock,
    guard,
    onConnect: () => {
      throw new Error('callback')
    },
  })
  failing.start()
  failing.start()
  const socket = await connect({ port, host: '127.0.0.1' })
  failing.stop()
  failing.stop()
  expect(guard.faults).toEqual([expect.objectContaining({ part: 'connect-latency', lastError: 'callback', faults: 1 })])
  socket.destroy()
})
