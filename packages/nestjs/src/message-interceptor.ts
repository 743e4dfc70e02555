// Handlers that are no HTTP routes: resolvers of GraphQL, message patterns of microservices, messages of WebSockets.
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common'
import type { ModuleRef, ModulesContainer } from '@nestjs/core'
import type { Operation, PerformanceMonitor } from '@perf-monitor/core/adapter'
import type { Observable } from 'rxjs'
import { beginRun, timedObservable } from './runs.js'

/** Component by what `ExecutionContext.getType()` says. */
const COMPONENTS: Record<string, string> = { graphql: 'graphql', rpc: 'microservice', ws: 'websocket' }

// keys of the metadata that Nest's decorators leave
const GATEWAY = 'websockets:is_gateway'
const RESOLVER = 'graphql:resolver_name'
const RESOLVER_TYPE = 'graphql:resolver_type'
const PATTERN = 'microservices:pattern'
const MESSAGE = 'message'

const GRAPHQL_INFO = 3 // resolver(root, args, context, info)

/**
 * Registers the interceptor where it is needed: with one, Nest sends HTTP routes another way as well (their result becomes
 * an Observable), so an app of HTTP routes alone gets none.
 */
export function interceptMessages(monitor: PerformanceMonitor, modules: ModulesContainer, moduleRef: ModuleRef): void {
  if (!hasMessageHandlers(modules)) return
  const { container } = moduleRef as unknown as {
    container?: { applicationConfig?: { addGlobalInterceptor(interceptor: NestInterceptor): void } }
  }
  if (container?.applicationConfig === undefined) throw new Error('no application config: messages have no times')
  container.applicationConfig.addGlobalInterceptor(new MessageInterceptor(monitor))
}

export class MessageInterceptor implements NestInterceptor {
  readonly #monitor: PerformanceMonitor
  readonly #operations = new WeakMap<object, Operation>()

  constructor(monitor: PerformanceMonitor) {
    this.#monitor = monitor
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const component = COMPONENTS[context.getType<string>()]
    if (component === undefined || !this.#monitor.running) return next.handle()
    const operation = this.#monitor.guard.run('nestjs', () => this.#operation(component, context), null)
    return operation === null
      ? next.handle()
      : timedObservable(
          () => beginRun(this.#monitor, operation),
          () => next.handle(),
        )
  }

  #operation(component: string, context: ExecutionContext): Operation {
    const handler = context.getHandler()
    let operation = this.#operations.get(handler)
    if (operation === undefined) {
      operation = this.#monitor.operation(
        component,
        messageName(context) ?? `${context.getClass().name}.${handler.name}`,
      )
      this.#operations.set(handler, operation)
    }
    return operation
  }
}

/** As the app's code or schema says it, never as a client does. */
function messageName(context: ExecutionContext): string | null {
  if (context.getType<string>() === 'graphql') {
    const info = context.getArgByIndex(GRAPHQL_INFO) as
      | { parentType?: { name?: string }; fieldName?: string }
      | undefined
    const type = info?.parentType?.name
    return type === undefined || info?.fieldName === undefined ? null : `${type}.${info.fieldName}`
  }
  const handler = context.getHandler()
  const pattern = Reflect.getMetadata(PATTERN, handler) ?? Reflect.getMetadata(MESSAGE, handler)
  const name = [pattern]
    .flat()
    .map((part) => (typeof part === 'string' ? part : JSON.stringify(part)))
    .join(', ')
  return pattern === undefined || name === '' ? null : name
}

function hasMessageHandlers(modules: ModulesContainer): boolean {
  for (const { providers, controllers } of modules.values()) {
    for (const { metatype } of [...providers.values(), ...controllers.values()]) {
      if (typeof metatype === 'function' && handlesMessages(metatype)) return true
    }
  }
  return false
}

function handlesMessages(metatype: object & { prototype?: object }): boolean {
  if (Reflect.hasMetadata(GATEWAY, metatype) || Reflect.hasMetadata(RESOLVER, metatype)) return true
  if (Reflect.hasMetadata(RESOLVER_TYPE, metatype)) return true
  for (let prototype = metatype.prototype ?? null; prototype !== null && prototype !== Object.prototype; ) {
    for (const { value } of Object.values(Object.getOwnPropertyDescriptors(prototype))) {
      if (typeof value !== 'function') continue
      if (Reflect.hasMetadata(PATTERN, value) || Reflect.hasMetadata(RESOLVER_TYPE, value)) return true
    }
    prototype = Object.getPrototypeOf(prototype)
  }
  return false
}
