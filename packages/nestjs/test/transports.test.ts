// Handlers that are no routes: over a real WebSocket, a real TCP microservice, and with contexts as GraphQL makes them.
import 'reflect-metadata'
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { type CallHandler, Controller, type ExecutionContext, Get, Module, UseGuards } from '@nestjs/common'
import { ModulesContainer, NestFactory } from '@nestjs/core'
import { ClientProxyFactory, EventPattern, MessagePattern, Payload, Transport } from '@nestjs/microservices'
import { WsAdapter } from '@nestjs/platform-ws'
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets'
import { PerformanceMonitor } from '@perf-monitor/core'
import { firstValueFrom, lastValueFrom, Observable, of, throwError, toArray } from 'rxjs'
import { expect, it } from 'vitest'
// @ts-expect-error no types, and none needed for four calls
import { WebSocket } from 'ws'
import { PerfMonitorModule } from '../src/index.js'
import { MessageInterceptor } from '../src/message-interceptor.js'
import { atEnd, counts, handClock, operations, QUIET, quietMonitor, start } from './kit/apps.js'

class Passing {
  canActivate() {
    return true
  }
}

it('measures messages of a gateway, and leaves routes of the same app as they are', async () => {
  @WebSocketGateway()
  class EventsGateway {
    @SubscribeMessage('sum')
    sum(@MessageBody() numbers: number[]) {
      return { event: 'sum', data: numbers.reduce((a, b) => a + b, 0) }
    }

    @SubscribeMessage('count')
    count() {
      return of({ event: 'count', data: 1 }, { event: 'count', data: 2 })
    }
  }
  @Controller()
  class HttpController {
    @Get('hello')
    hello() {
      return 'hello'
    }
  }
  @Module({ imports: [PerfMonitorModule.forRoot(QUIET)], providers: [EventsGateway], controllers: [HttpController] })
  class AppModule {}
  const {
    app,
    fetch,
    counts: countsOf,
  } = await start(AppModule, 'express', (created) => {
    created.useWebSocketAdapter(new WsAdapter(created))
  })
  const socket = new WebSocket((await app.getUrl()).replace('http', 'ws'))
  await once(socket, 'open')
  const answers: unknown[] = []
  const complete = new Promise<void>((resolve) => {
    socket.on('message', (text: Buffer) => {
      answers.push(JSON.parse(String(text)))
      if (answers.length === 3) resolve()
    })
  })
  socket.send(JSON.stringify({ event: 'sum', data: [1, 2, 3] }))
  socket.send(JSON.stringify({ event: 'count' }))
  socket.send(JSON.stringify({ event: 'unknown' }))
  await complete
  socket.terminate()
  expect(answers).toContainEqual({ event: 'sum', data: 6 })
  expect(await (await fetch('/hello')).text()).toBe('hello')
  expect(countsOf('websocket')).toEqual({ sum: 1, count: 1 })
  expect(countsOf()).toEqual({ 'GET /hello': 1 })
})

it('measures messages and events of a TCP microservice', async () => {
  @Controller()
  class MathController {
    @MessagePattern({ cmd: 'sum' })
    async sum(@Payload() numbers: number[]) {
      return numbers.reduce((a, b) => a + b, 0)
    }

    @MessagePattern('stream')
    stream() {
      return of(1, 2, 3)
    }

    @MessagePattern('fails')
    @UseGuards(Passing)
    fails() {
      throw new Error('failed')
    }

    @EventPattern('told')
    told(@Payload() text: string) {
      return text
    }
  }
  @Module({ imports: [PerfMonitorModule.forRoot(QUIET)], controllers: [MathController] })
  class AppModule {}
  const service = await NestFactory.createMicroservice(AppModule, {
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: 0 },
    logger: false,
    abortOnError: false,
  })
  await service.listen()
  atEnd(() => service.close())
  const { port } = service.unwrap<Server>().address() as AddressInfo
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options: { host: '127.0.0.1', port } })
  atEnd(async () => client.close())
  expect(await firstValueFrom(client.send({ cmd: 'sum' }, [1, 2, 3]))).toBe(6)
  expect(await lastValueFrom(client.send('stream', {}).pipe(toArray()))).toEqual([1, 2, 3])
  await expect(firstValueFrom(client.send('fails', {}))).rejects.toBeTruthy()
  client.emit('told', {}).subscribe()
  const monitor = service.get(PerformanceMonitor)
  while ((counts(monitor, 'microservice').told ?? 0) === 0) await new Promise((resolve) => setImmediate(resolve))
  expect(counts(monitor, 'microservice')).toEqual({ '{"cmd":"sum"}': 1, stream: 1, fails: 1, told: 1 })
  expect(operations(monitor, 'microservice').fails).toMatchObject({ failedCount: 1, active: 0 })
})

it('measures messages of a hybrid app that shares its configuration', async () => {
  @Controller()
  class HybridController {
    @Get('hello')
    hello() {
      return 'hello'
    }

    @MessagePattern('greet')
    greet(@Payload() name: string) {
      return `hello ${name}`
    }
  }
  @Module({ imports: [PerfMonitorModule.forRoot(QUIET)], controllers: [HybridController] })
  class AppModule {}
  const { app, fetch, counts: countsOf } = await start(AppModule, 'fastify')
  const service = app.connectMicroservice(
    { transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } },
    { inheritAppConfig: true },
  )
  await app.startAllMicroservices()
  const { port } = service.unwrap<Server>().address() as AddressInfo
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options: { host: '127.0.0.1', port } })
  atEnd(async () => client.close())
  expect(await firstValueFrom(client.send('greet', 'you'))).toBe('hello you')
  expect(await (await fetch('/hello')).text()).toBe('hello')
  expect(countsOf('microservice')).toEqual({ greet: 1 })
  expect(countsOf()).toEqual({ 'GET /hello': 1 })
})

it('registers no interceptor in an app of routes alone', async () => {
  @Controller()
  class HttpController {
    @Get()
    hello() {
      return 'hello'
    }
  }
  @Module({ imports: [PerfMonitorModule.forRoot(QUIET)], controllers: [HttpController] })
  class AppModule {}
  const { app, monitor } = await start(AppModule, 'fastify')
  const [anyModule] = app.get(ModulesContainer).values()
  const { container } = anyModule as unknown as {
    container: { applicationConfig: { getGlobalInterceptors(): unknown[] } }
  }
  expect(container.applicationConfig.getGlobalInterceptors()).toEqual([])
  expect(monitor.guard.faults).toEqual([])
})

function contextOf(type: string, handler: () => unknown, args: unknown[] = []): ExecutionContext {
  class Resolver {}
  return {
    getType: () => type,
    getHandler: () => handler,
    getClass: () => Resolver,
    getArgByIndex: (index: number) => args[index],
  } as unknown as ExecutionContext
}

const calling = (result: () => Observable<unknown>): CallHandler => ({ handle: () => result() })

it('names resolvers as the schema does, other handlers by their class', async () => {
  const clock = handClock()
  const monitor = quietMonitor({ clock })
  await monitor.start()
  const interceptor = new MessageInterceptor(monitor)
  const info = { parentType: { name: 'Query' }, fieldName: 'cats' }
  function cats() {}
  const later = () =>
    new Observable<number>((subscriber) => {
      clock.advance(7)
      subscriber.next(1)
      subscriber.complete()
    })
  const run = (context: ExecutionContext, result: () => Observable<unknown>) =>
    lastValueFrom(interceptor.intercept(context, calling(result)))
  expect(await run(contextOf('graphql', cats, [{}, {}, {}, info]), later)).toBe(1)
  await run(
    contextOf('rpc', function byClass() {}),
    later,
  )
  await expect(
    run(
      contextOf('ws', function fails() {}),
      () => throwError(() => new Error('failed')),
    ),
  ).rejects.toThrow()
  const source = of('untouched')
  expect(
    interceptor.intercept(
      contextOf('http', cats),
      calling(() => source),
    ),
  ).toBe(source)
  expect(operations(monitor, 'graphql')['Query.cats']).toMatchObject({ count: 1, maxDurationMs: 7, failedCount: 0 })
  expect(counts(monitor, 'microservice')).toEqual({ 'Resolver.byClass': 1 })
  expect(operations(monitor, 'websocket')['Resolver.fails']).toMatchObject({ count: 1, failedCount: 1 })
})

it('a monitor that fails inside costs the measurement only', async () => {
  const monitor = quietMonitor()
  await monitor.start()
  monitor.tracker.begin = () => {
    throw new Error('broken')
  }
  const interceptor = new MessageInterceptor(monitor)
  const result = interceptor.intercept(
    contextOf('rpc', function handler() {}),
    calling(() => of(1, 2)),
  )
  expect(await lastValueFrom(result.pipe(toArray()))).toEqual([1, 2])
  expect(monitor.guard.faults.map(({ part }) => part)).toEqual(['nestjs'])
})
