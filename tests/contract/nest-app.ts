// The contract's app for Nest, on both platforms. Decorators are called as functions: these tests are compiled without them.
import 'reflect-metadata'
import { pipeline, type Readable } from 'node:stream'
import type { CanActivate, ExecutionContext, INestApplication } from '@nestjs/common'
import { PerformanceMonitor } from '@perf-monitor/core'
import type { ContractHooks, CreateContractApp } from './kit.js'
import type { Nest } from './nest-versions.js'

type Platform = 'express' | 'fastify'
type Decorators = readonly [...(MethodDecorator | ParameterDecorator[])[]]

export function nestApp(nest: Nest, platform: Platform): CreateContractApp {
  return async (config, hooks) => {
    const { PerfMonitorModule } = nest.adapter
    class AppModule {}
    const Controller = controllerOf(nest, platform, hooks)
    nest.common.Module({ imports: [PerfMonitorModule.forRoot(config)], controllers: [Controller] })(AppModule)
    const httpAdapter = platform === 'express' ? new nest.express.ExpressAdapter() : new nest.fastify.FastifyAdapter()
    const app: INestApplication = await nest.core.NestFactory.create(AppModule, httpAdapter, {
      logger: false,
      abortOnError: false,
      forceCloseConnections: true,
    })
    // biome-ignore lint/suspicious/noExplicitAny: a middleware of either platform
    app.use((req: any, res: any, next: () => void) => {
      if (req.headers['x-reject'] === undefined) return next()
      res.statusCode = 403
      res.end('Forbidden')
    })
    await app.listen(0, '127.0.0.1')
    const monitor = app.get(PerformanceMonitor)
    return { url: await app.getUrl(), monitor, close: () => app.close() }
  }
}

function controllerOf({ common }: Nest, platform: Platform, hooks: ContractHooks) {
  // biome-ignore lint/suspicious/noExplicitAny: a response of either platform
  function send(res: any, type: string, stream: Readable): void {
    res.type(type)
    if (platform === 'express') pipeline(stream, res, () => {})
    else res.send(stream)
  }

  class KeyGuard implements CanActivate {
    canActivate(context: ExecutionContext) {
      if (context.switchToHttp().getRequest().headers['x-key'] !== undefined) return true
      throw new common.UnauthorizedException()
    }
  }

  class AppController {
    readonly monitor!: PerformanceMonitor

    plain() {
      hooks.advance(1)
      return 'plain'
    }
    item(id: string) {
      hooks.advance(5)
      return { id }
    }
    create(body: unknown) {
      return body
    }
    options() {}
    order(params: unknown) {
      hooks.advance(2)
      return params
    }
    file() {
      return 'file'
    }
    status(code: string, res: { status(code: number): unknown }) {
      hooks.advance(3)
      res.status(Number(code))
    }
    redirect() {}
    throws() {
      throw hooks.failure(500)
    }
    async rejects() {
      await new Promise((resolve) => setImmediate(resolve))
      throw hooks.failure(500)
    }
    missing() {
      throw new common.NotFoundException()
    }
    guarded() {
      return 'ok'
    }
    async slow() {
      await hooks.slow()
      return 'slow'
    }
    async waits() {
      await hooks.gate()
      return 'waited'
    }
    async work() {
      await hooks.work(this.monitor)
      return 'worked'
    }
    stream(res: unknown) {
      send(res, 'text/plain', hooks.chunks())
    }
    breaks(res: unknown) {
      send(res, 'text/plain', hooks.brokenChunks())
    }
    events(res: unknown) {
      send(res, 'text/event-stream', hooks.events())
    }
  }

  const { Get, Post, Options, Param, Body, Res, HttpCode, Redirect, UseGuards } = common
  const routes: Record<string, Decorators> = {
    plain: [Get('plain')],
    item: [Get('items/:id'), [Param('id')]],
    create: [Post('items'), [Body()]],
    options: [Options('items'), HttpCode(204)],
    order: [Get('tenants/:tenant/users/:user/orders/:order'), [Param()]],
    file: [Get(platform === 'express' ? 'files/*path' : 'files/*')],
    status: [Get('status/:code'), [Param('code'), Res({ passthrough: true })]],
    redirect: [Get('redirect'), Redirect('/plain', 302)],
    throws: [Get('throws')],
    rejects: [Get('rejects')],
    missing: [Get('missing/:id')],
    guarded: [Get('guarded/:id'), UseGuards(KeyGuard)],
    slow: [Get('slow/:id')],
    waits: [Get('waits/:id')],
    work: [Get('work/:id')],
    stream: [Get('stream'), [Res()]],
    breaks: [Get('breaks'), [Res()]],
    events: [Get('events'), [Res()]],
  }
  const { prototype } = AppController
  for (const [name, decorators] of Object.entries(routes)) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor
    for (const decorator of decorators) {
      if (Array.isArray(decorator))
        for (const [index, ofParameter] of decorator.entries()) ofParameter(prototype, name, index)
      else decorator(prototype, name, descriptor)
    }
  }
  common.Inject(PerformanceMonitor)(prototype, 'monitor')
  common.Controller()(AppController)
  return AppController
}
