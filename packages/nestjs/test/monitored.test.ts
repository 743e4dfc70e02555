import { Controller, Get, Injectable, Module, Optional, Param, Query, Scope, SetMetadata } from '@nestjs/common'
import { PerformanceMonitor } from '@perf-monitor/core'
import {
  BehaviorSubject,
  firstValueFrom,
  lastValueFrom,
  Observable,
  of,
  range,
  Subject,
  take,
  throwError,
  toArray,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import { Monitored, PerfMonitorModule } from '../src/index.js'
import { counts, handClock, operations, PLATFORMS, QUIET, start, startContext } from './kit/apps.js'

const clock = handClock()
const { advance } = clock
const subject = new BehaviorSubject(1)

@Injectable()
class Orders {
  readonly factor = 2

  @Monitored()
  double(n: number, _unused = 0) {
    advance(3)
    return n * this.factor
  }

  @Monitored({ name: 'load', component: 'db' })
  async load(id: string) {
    await null
    advance(5)
    return id
  }

  @Monitored('fails')
  fails(how: 'throws' | 'rejects'): Promise<never> {
    if (how === 'rejects') return Promise.reject(new Error('rejected'))
    throw new Error('thrown')
  }

  @Monitored()
  *pages(count: number): Generator<number, string, string | undefined> {
    let got = ''
    for (let n = 0; n < count; n++) {
      advance(1)
      got += yield n
    }
    return got
  }

  @Monitored()
  async *lines() {
    advance(2)
    yield 'a'
    advance(2)
    yield 'b'
  }

  @Monitored()
  numbers(): Observable<number> {
    return new Observable((subscriber) => {
      advance(4)
      subscriber.next(1)
      subscriber.next(2)
      subscriber.complete()
    })
  }

  @Monitored()
  endless() {
    return range(1, Number.POSITIVE_INFINITY)
  }

  @Monitored()
  errs() {
    return throwError(() => new Error('in the stream'))
  }

  @Monitored()
  live() {
    return subject
  }

  @Monitored()
  outer() {
    advance(1)
    return this.double(4)
  }
}

@Monitored({ component: 'repository', name: 'users' })
@Injectable()
class Users {
  find() {
    return 'found'
  }

  @Monitored('counted by a name of its own')
  count() {
    return 1
  }

  get value() {
    return 'no method'
  }
}

@Injectable({ scope: Scope.TRANSIENT })
class Transient {
  @Monitored()
  run() {
    return 'ran'
  }
}

async function services() {
  @Module({ imports: [PerfMonitorModule.forRoot({ ...QUIET, clock })], providers: [Orders, Users, Transient] })
  class AppModule {}
  const context = await startContext(AppModule)
  const monitor = context.get(PerformanceMonitor)
  const figures = (component: string) =>
    Object.fromEntries(
      Object.entries(operations(monitor, component)).map(([name, { count, failedCount, maxDurationMs, active }]) => [
        name,
        [count, failedCount, maxDurationMs, active],
      ]),
    )
  return { context, orders: context.get(Orders), users: context.get(Users), monitor, figures }
}

describe('@Monitored()', () => {
  it('times sync and async methods; results and errors pass through', async () => {
    const { orders, figures } = await services()
    expect(orders.double(21)).toBe(42)
    expect(await orders.load('7')).toBe('7')
    expect(() => orders.fails('throws')).toThrow('thrown')
    await expect(orders.fails('rejects')).rejects.toThrow('rejected')
    expect(figures('service')).toEqual({ 'Orders.double': [1, 0, 3, 0], fails: [2, 2, 0, 0] })
    expect(figures('db')).toEqual({ load: [1, 0, 5, 0] })
  })

  it('nests', async () => {
    const { orders, monitor } = await services()
    expect(orders.outer()).toBe(8)
    expect(operations(monitor, 'service')['Orders.outer']).toMatchObject({ selfMs: 1, maxDurationMs: 4 })
    expect(operations(monitor, 'service')['Orders.outer']?.children[0]).toMatchObject({ operation: 'Orders.double' })
  })

  it('times generators to their end, whichever', async () => {
    const { orders, figures } = await services()
    const pages = orders.pages(2)
    expect([pages.next('x').value, pages.next('y').value, pages.next('z')]).toEqual([0, 1, { value: 'yz', done: true }])
    expect([...orders.pages(3)]).toEqual([0, 1, 2])
    for (const page of orders.pages(9)) if (page === 1) break
    const thrown = orders.pages(9)
    thrown.next()
    expect(() => thrown.throw(new Error('stop'))).toThrow('stop')
    expect(figures('service')).toEqual({ 'Orders.pages': [4, 1, 3, 0] })
    const lines: string[] = []
    for await (const line of orders.lines()) lines.push(line)
    expect(lines).toEqual(['a', 'b'])
    expect(figures('service')['Orders.lines']).toEqual([1, 0, 4, 0])
  })

  it('times Observables per subscription, and leaves them what they are', async () => {
    const { orders, figures } = await services()
    const numbers = orders.numbers()
    expect(await lastValueFrom(numbers.pipe(toArray()))).toEqual([1, 2])
    expect(await firstValueFrom(numbers)).toBe(1)
    expect(await lastValueFrom(orders.numbers())).toBe(2)
    expect(figures('service')['Orders.numbers']).toEqual([3, 0, 4, 0])
    // unsubscribing reaches a source that emits synchronously, without end
    for (let n = 0; n < 2; n++)
      expect(await lastValueFrom(orders.endless().pipe(take(3), toArray()))).toEqual([1, 2, 3])
    expect(figures('service')['Orders.endless']).toEqual([2, 0, 0, 0])
    for (let n = 0; n < 2; n++) await expect(lastValueFrom(orders.errs())).rejects.toThrow('in the stream')
    expect(figures('service')['Orders.errs']).toEqual([2, 2, 0, 0])
    expect(orders.live()).toBe(subject)
    expect(orders.live()).toBeInstanceOf(Subject)
    const seen: number[] = []
    const subscriptions = [1, 2].map(() => orders.live().subscribe((value) => seen.push(value)))
    subject.next(2)
    for (const subscription of subscriptions) subscription.unsubscribe()
    expect(seen).toEqual([1, 1, 2, 2])
    expect(subject.observed).toBe(false)
  })

  it('on a class it times its methods; one with a decorator of its own keeps that', async () => {
    const { users, figures } = await services()
    expect([users.find(), users.count(), users.value]).toEqual(['found', 1, 'no method'])
    expect(figures('repository')).toEqual({ 'users.find': [1, 0, 0, 0] })
    expect(figures('service')).toEqual({ 'counted by a name of its own': [1, 0, 0, 0] })
  })

  it('reaches instances of any scope, and is nothing without a monitor', async () => {
    const { context, monitor } = await services()
    const transient = await context.resolve(Transient)
    expect(transient.run()).toBe('ran')
    expect(counts(monitor, 'service')).toEqual({ 'Transient.run': 1 })
    expect(new Transient().run()).toBe('ran')
    @Module({ providers: [Transient] })
    class WithoutModule {}
    const without = await startContext(WithoutModule)
    expect((await without.resolve(Transient)).run()).toBe('ran')
    await monitor.stop()
    expect(transient.run()).toBe('ran')
    expect(counts(monitor, 'service')).toEqual({ 'Transient.run': 1 })
    expect(Reflect.ownKeys(transient)).toEqual([])
  })

  it('keeps name, length, metadata and own properties of a method, in any order of decorators', () => {
    const plain: MethodDecorator = (_target, _key, descriptor) => {
      Object.assign(descriptor.value as object, { mine: 1 })
    }
    class Some {
      @Monitored()
      @SetMetadata('role', 'admin')
      @plain
      above(_a: string, _b: string) {}

      @SetMetadata('role', 'admin')
      @Monitored()
      below(_a: string, _b: string) {}
    }
    for (const name of ['above', 'below'] as const) {
      expect([Some.prototype[name].name, Some.prototype[name].length]).toEqual([name, 2])
      expect(Reflect.getMetadata('role', Some.prototype[name])).toBe('admin')
    }
    expect((Some.prototype.above as unknown as { mine: number }).mine).toBe(1)
    expect(Object.keys(Some.prototype)).toEqual([])
  })

  it('refuses what it cannot time', () => {
    expect(() => Monitored()(Orders, 'static', { value() {} })).toThrow('@Monitored()')
    expect(() => Monitored()(Orders.prototype, 'value', { get: () => 1 })).toThrow('value')
  })

  it.each(PLATFORMS)('routes and parameters of a decorated controller on %s', async (platform) => {
    @Monitored({ component: 'controller' })
    @Controller('things')
    class ThingsController {
      @Get(':id')
      one(@Param('id') id: string, @Query('q') q: string, @Optional() _more?: unknown) {
        return of({ id, q })
      }
    }
    @Module({ imports: [PerfMonitorModule.forRoot(QUIET)], controllers: [ThingsController] })
    class AppModule {}
    const { fetch, counts: countsOf } = await start(AppModule, platform)
    for (let n = 0; n < 2; n++) expect(await (await fetch('/things/7?q=x')).json()).toEqual({ id: '7', q: 'x' })
    expect(countsOf()).toEqual({ 'GET /things/:id': 2 })
    expect(countsOf('controller')).toEqual({ 'ThingsController.one': 2 })
  })
})
