import type { DynamicModule, FactoryProvider, InjectionToken, ModuleMetadata, Provider, Type } from '@nestjs/common'
import { HttpAdapterHost, ModuleRef, ModulesContainer } from '@nestjs/core'
import { type PerformanceConfig, PerformanceMonitor } from '@perf-monitor/core/adapter'
import { interceptMessages } from './message-interceptor.js'
import { addRules } from './monitor-rule.js'
import { installOn } from './platform.js'

type Given = PerformanceConfig | PerformanceMonitor

export interface PerfMonitorOptionsFactory {
  createPerfMonitorOptions(): Given | Promise<Given>
}

/** One of `useFactory`, `useClass` and `useExisting`. */
export interface PerfMonitorAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  inject?: FactoryProvider['inject']
  // biome-ignore lint/suspicious/noExplicitAny: what is injected is the app's
  useFactory?: (...args: any[]) => Given | Promise<Given>
  useClass?: Type<PerfMonitorOptionsFactory>
  useExisting?: InjectionToken<PerfMonitorOptionsFactory>
  /** For what the above need and `imports` do not have. */
  extraProviders?: Provider[]
}

const OPTIONS = Symbol('perf-monitor options')
const LIFECYCLE = Symbol('perf-monitor lifecycle')

/** Import it once, in the root module: it is global. */
// biome-ignore lint/complexity/noStaticOnlyClass: a Nest module is a class
export class PerfMonitorModule {
  static forRoot(config: Given = {}): DynamicModule {
    return moduleOf({ provide: OPTIONS, useFactory: () => config }, [], [])
  }

  static forRootAsync(options: PerfMonitorAsyncOptions): DynamicModule {
    const { imports = [], inject = [], useFactory, useClass, useExisting, extraProviders = [] } = options
    if ([useFactory, useClass, useExisting].filter((way) => way !== undefined).length !== 1) {
      throw new TypeError(
        '[perf-monitor] forRootAsync() takes exactly one of `useFactory`, `useClass` and `useExisting`',
      )
    }
    if (useFactory !== undefined) return moduleOf({ provide: OPTIONS, useFactory, inject }, imports, extraProviders)
    const token = (useClass ?? useExisting) as InjectionToken<PerfMonitorOptionsFactory>
    const provider: Provider = {
      provide: OPTIONS,
      useFactory: (factory: PerfMonitorOptionsFactory) => factory.createPerfMonitorOptions(),
      inject: [token],
    }
    return moduleOf(provider, imports, useClass === undefined ? extraProviders : [useClass, ...extraProviders])
  }
}

function moduleOf(options: Provider, imports: ModuleMetadata['imports'], providers: Provider[]): DynamicModule {
  const monitor: Provider = {
    provide: PerformanceMonitor,
    useFactory: (given: Given = {}) => (given instanceof PerformanceMonitor ? given : new PerformanceMonitor(given)),
    inject: [OPTIONS],
  }
  const lifecycle: Provider = {
    provide: LIFECYCLE,
    useFactory: (...parts: ConstructorParameters<typeof Lifecycle>) => new Lifecycle(...parts),
    inject: [OPTIONS, PerformanceMonitor, HttpAdapterHost, ModulesContainer, ModuleRef],
  }
  return {
    module: PerfMonitorModule,
    global: true,
    imports,
    providers: [...providers, options, monitor, lifecycle],
    exports: [PerformanceMonitor],
  }
}

/** Created with the other providers, before the app's own middleware, routes and listeners are. */
class Lifecycle {
  readonly #monitor: PerformanceMonitor
  readonly #isShared: boolean
  readonly #modules: ModulesContainer
  #rules: string[] = []

  constructor(
    given: Given,
    monitor: PerformanceMonitor,
    httpHost: HttpAdapterHost,
    modules: ModulesContainer,
    moduleRef: ModuleRef,
  ) {
    this.#monitor = monitor
    this.#isShared = given === monitor
    this.#modules = modules
    if (!monitor.config.enabled) return
    void monitor.start()
    // emitted at once, later by a testing module, never for an app without HTTP
    httpHost.init$.subscribe(() => {
      const { httpAdapter } = httpHost
      if (httpAdapter) monitor.guard.run('nestjs', () => installOn(httpAdapter, monitor), undefined)
    })
    monitor.guard.run('nestjs', () => interceptMessages(monitor, modules, moduleRef), undefined)
  }

  onModuleInit(): void {
    this.#rules = addRules(this.#monitor, this.#modules)
  }

  async onApplicationShutdown(): Promise<void> {
    for (const rule of this.#rules) this.#monitor.optimizer.removeRule(rule)
    if (!this.#isShared) await this.#monitor.stop()
  }
}
