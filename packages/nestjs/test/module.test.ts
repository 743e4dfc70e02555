import {
  BadRequestException,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  ForbiddenException,
  Get,
  Inject,
  Injectable,
  type MiddlewareConsumer,
  Module,
  Param,
  ParseIntPipe,
  Post,
  RequestMethod,
  UseFilters,
  UseGuards,
  Version,
  VersioningType,
} from '@nestjs/common'
import { PerformanceMonitor } from '@perf-monitor/core'
import { describe, expect, it } from 'vitest'
import { InjectMonitor, PerfMonitorModule, type PerfMonitorOptionsFactory } from '../src/index.js'
import { PLATFORMS, QUIET, quietMonitor, start, startContext } from './kit/apps.js'

@Injectable()
class Closed implements CanActivate {
  canActivate(): boolean {
    throw new ForbiddenException()
  }
}

@Catch(BadRequestException)
class Teapot implements ExceptionFilter {
  catch(
    _error: unknown,
    host: { switchToHttp(): { getResponse(): { status(code: number): { send(body: string): void } } } },
  ) {
    host.switchToHttp().getResponse().status(418).send('teapot')
  }
}

@Controller('cats')
class CatsController {
  constructor(@InjectMonitor() readonly monitor: PerformanceMonitor) {}

  @Get(':id')
  one(@Param('id', ParseIntPipe) id: number) {
    return { id, running: this.monitor.running }
  }

  @Get('guarded/:id')
  @UseGuards(Closed)
  guarded() {
    return 'never'
  }

  @Get('filtered/:id')
  @UseFilters(Teapot)
  filtered() {
    throw new BadRequestException()
  }

  @Post()
  create() {
    return 'created'
  }
}

@Controller({ path: 'dogs', version: '1' })
class DogsController {
  @Get(':id')
  one() {
    return 'v1'
  }

  @Version('2')
  @Get(':id')
  two() {
    return 'v2'
  }

  @Get(['lists', 'list/:kind'])
  lists() {
    return 'list'
  }
}

describe.each(PLATFORMS)('on %s', (platform) => {
  it('counts requests under their routes: with a global prefix, rejected by guards, pipes and filters, served by /perf', async () => {
    @Module({ imports: [PerfMonitorModule.forRoot(QUIET)], controllers: [CatsController] })
    class AppModule {}
    const { fetch, counts, monitor } = await start(AppModule, platform, (app) => {
      app.setGlobalPrefix('api', { exclude: [{ path: 'health', method: RequestMethod.GET }] })
    })
    expect(await (await fetch('/api/cats/7')).json()).toEqual({ id: 7, running: true })
    expect((await fetch('/api/cats/seven')).status).toBe(400)
    expect((await fetch('/api/cats/guarded/7')).status).toBe(403)
    expect((await fetch('/api/cats/filtered/7')).status).toBe(418)
    expect((await fetch('/api/cats', { method: 'POST' })).status).toBe(201)
    expect((await fetch('/cats/7')).status).toBe(404)
    expect(await (await fetch('/perf/snapshot')).json()).toMatchObject({ service: { pid: process.pid } })
    expect(counts()).toEqual({
      'GET /api/cats/:id': 2,
      'GET /api/cats/guarded/:id': 1,
      'GET /api/cats/filtered/:id': 1,
      'POST /api/cats': 1,
      'GET (unmatched)': 1,
    })
    expect(monitor.guard.faults).toEqual([])
  })

  it('counts versions in the URL apart, versions in a header as one, and paths of a list by the one that matched', async () => {
    @Module({ imports: [PerfMonitorModule.forRoot(QUIET)], controllers: [DogsController] })
    class UriModule {}
    const uri = await start(UriModule, platform, (app) => app.enableVersioning({ type: VersioningType.URI }))
    for (const path of ['/v1/dogs/7', '/v2/dogs/7', '/v1/dogs/list/all', '/v3/dogs/7']) await uri.fetch(path)
    expect(uri.counts()).toEqual({
      'GET /v1/dogs/:id': 1,
      'GET /v2/dogs/:id': 1,
      'GET /v1/dogs/list/:kind': 1,
      'GET (unmatched)': 1,
    })
    @Module({ imports: [PerfMonitorModule.forRoot(QUIET)], controllers: [DogsController] })
    class HeaderModule {}
    const header = await start(HeaderModule, platform, (app) => {
      app.enableVersioning({ type: VersioningType.HEADER, header: 'x-version' })
    })
    for (const version of ['1', '2']) {
      expect(await (await header.fetch('/dogs/7', { headers: { 'x-version': version } })).text()).toBe(`v${version}`)
    }
    expect(header.counts()).toEqual({ 'GET /dogs/:id': 2 })
  })

  it('stands before middleware of main.ts and of modules', async () => {
    @Module({ imports: [PerfMonitorModule.forRoot(QUIET)], controllers: [CatsController] })
    class AppModule {
      configure(consumer: MiddlewareConsumer) {
        consumer
          .apply((_req: unknown, res: { statusCode: number; end(): void }) => {
            res.statusCode = 402
            res.end()
          })
          .forRoutes(CatsController)
      }
    }
    const { fetch, monitor } = await start(AppModule, platform, (app) => {
      app.use((req: { url: string }, res: { statusCode: number; end(): void }, next: () => void) => {
        if (!req.url.startsWith('/closed')) return next()
        res.statusCode = 401
        res.end()
      })
    })
    expect((await fetch('/cats/7')).status).toBe(402)
    expect((await fetch('/closed')).status).toBe(401)
    expect((await fetch('/perf/health')).status).toBe(200)
    expect(monitor.getSnapshot().componentMetrics.http?.totalOperations).toBe(2)
  })

  it('disabled, it changes nothing; bad configuration is an error that names the field', async () => {
    @Module({ imports: [PerfMonitorModule.forRoot({ enabled: false })], controllers: [CatsController] })
    class DisabledModule {}
    const { fetch, counts } = await start(DisabledModule, platform)
    expect(await (await fetch('/cats/7')).json()).toEqual({ id: 7, running: false })
    expect((await fetch('/perf')).status).toBe(404)
    expect(counts()).toEqual({})
    @Module({ imports: [PerfMonitorModule.forRoot({ collectionIntervalMs: 1 })] })
    class BadModule {}
    await expect(start(BadModule, platform)).rejects.toThrow('`collectionIntervalMs`')
  })
})

@Injectable()
class Settings implements PerfMonitorOptionsFactory {
  createPerfMonitorOptions() {
    return { ...QUIET, serviceName: 'from a class' }
  }
}

@Module({
  providers: [{ provide: 'NAME', useFactory: async () => 'from a factory' }, Settings],
  exports: ['NAME', Settings],
})
class SettingsModule {}

describe('forRootAsync', () => {
  it.each([
    [
      'useFactory',
      PerfMonitorModule.forRootAsync({
        imports: [SettingsModule],
        inject: ['NAME'],
        useFactory: async (serviceName: string) => ({ ...QUIET, serviceName }),
      }),
      'from a factory',
    ],
    ['useClass', PerfMonitorModule.forRootAsync({ useClass: Settings }), 'from a class'],
    [
      'useExisting',
      PerfMonitorModule.forRootAsync({ imports: [SettingsModule], useExisting: Settings }),
      'from a class',
    ],
  ])('%s', async (_way, dynamicModule, name) => {
    @Module({ imports: [dynamicModule] })
    class AppModule {}
    const context = await startContext(AppModule)
    expect(context.get(PerformanceMonitor).config.serviceName).toBe(name)
  })

  it('takes exactly one way', () => {
    expect(() => PerfMonitorModule.forRootAsync({})).toThrow('exactly one')
    expect(() => PerfMonitorModule.forRootAsync({ useClass: Settings, useExisting: Settings })).toThrow('exactly one')
  })
})

describe('lifecycle', () => {
  it('stops the monitor that it made when the app closes, and leaves one that it got', async () => {
    const shared = quietMonitor()
    @Module({ imports: [PerfMonitorModule.forRootAsync({ useFactory: () => shared })] })
    class SharedModule {}
    @Module({ imports: [PerfMonitorModule.forRoot(QUIET)] })
    class OwnModule {}
    const [sharing, owning] = [await startContext(SharedModule), await startContext(OwnModule)]
    const own = owning.get(PerformanceMonitor)
    expect(sharing.get(PerformanceMonitor)).toBe(shared)
    expect([shared.running, own.running]).toEqual([true, true])
    await sharing.close()
    await owning.close()
    expect([shared.running, own.running]).toEqual([true, false])
  })

  it('is injected everywhere, as a parameter or a property', async () => {
    @Injectable()
    class ByProperty {
      @InjectMonitor()
      readonly monitor!: PerformanceMonitor
    }
    @Injectable()
    class ByClass {
      constructor(@Inject(PerformanceMonitor) readonly monitor: PerformanceMonitor) {}
    }
    @Module({ providers: [ByProperty, ByClass], exports: [ByProperty, ByClass] })
    class FeatureModule {}
    @Module({ imports: [FeatureModule, PerfMonitorModule.forRoot(QUIET)] })
    class AppModule {}
    const context = await startContext(AppModule)
    const monitor = context.get(PerformanceMonitor)
    expect(context.get(ByProperty).monitor).toBe(monitor)
    expect(context.get(ByClass).monitor).toBe(monitor)
  })
})
