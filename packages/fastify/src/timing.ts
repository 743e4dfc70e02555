// Puts timers around a route's hooks and handler: once per route, in its own context, never on what the app registered.
// Fastify bound these functions itself and looks at nothing of them but what they return, so arity and `this` are no matter.
import type { AdapterHost, Operation, Span } from '@perf-monitor/core/adapter'
import type { FastifyReply, FastifyRequest } from 'fastify'
import {
  type Callable,
  contextSymbol,
  instanceHookCount,
  type RouteContext,
  TIMED_HOOKS,
  type TimedHook,
} from './internals.js'
import { Passage } from './passage.js'

const MAX_NAME_LENGTH = 100 // a function's name may be anything
const MAX_LISTED_METHODS = 3 // a route of more is one of `app.all`
const OWN_HOOK = 'perfMonitor'
const FASTIFYS_OWN = new Set(['basic404', 'headRouteOnSendHandler'])

type Done = (error?: unknown, value?: unknown) => unknown

export class HookTimes {
  readonly #host: AdapterHost
  /** Contexts, and lists of hooks: a 404 context may share those of another. */
  readonly #seen = new WeakSet<object>()
  #symbol: symbol | undefined

  constructor(host: AdapterHost) {
    this.#host = host
  }

  /** Cheap but for the first request of a route. */
  watch(request: FastifyRequest): void {
    this.#symbol ??= contextSymbol(request)
    if (this.#symbol === undefined) return
    const context = (request as unknown as Record<symbol, RouteContext>)[this.#symbol]
    if (context === undefined || this.#seen.has(context)) return
    this.#seen.add(context)
    this.#host.guard.run('fastify', () => this.#watchRoute(context), undefined)
  }

  #watchRoute(context: RouteContext): void {
    const route = routeName(context)
    for (const kind of TIMED_HOOKS) {
      const hooks = context[kind]
      if (!hooks || this.#seen.has(hooks)) continue
      this.#seen.add(hooks)
      const ofInstance = instanceHookCount(context, kind)
      // in place: the list is on its way through Fastify's runner while the first request passes
      for (const [index, hook] of hooks.entries()) {
        const name = functionName(hook)
        if (name === OWN_HOOK || isFastifys(name)) continue
        const fullName = index < ofInstance ? (name ?? `${kind} hook`) : `${route} ${name ?? `${kind} hook`}`
        hooks[index] = this.#timedHook(hook, kind, this.#host.handlerOperation(fullName))
      }
    }
    const name = functionName(context.handler)
    if (!isFastifys(name)) {
      context.handler = this.#timedHandler(
        context.handler,
        this.#host.handlerOperation(`${route} ${name ?? 'handler'}`),
      )
    }
  }

  #timedHook(hook: Callable, kind: TimedHook, operation: Operation): Callable {
    const host = this.#host
    // the others have a payload, and hand one on
    const hasPayload = kind === 'preParsing' || kind === 'preSerialization' || kind === 'onSend'
    const timed = hasPayload
      ? (request: FastifyRequest, reply: FastifyReply, payload: unknown, done: Done) => {
          const passage = Passage.of(host, reply.raw)
          const span = passage === null ? null : passage.beginHandler(operation)
          if (passage === null || span === null) return hook(request, reply, payload, done)
          const next = (error: unknown, value: unknown) => {
            endHook(passage, span, error)
            return done(error, value)
          }
          return runHook(passage, span, () => hook(request, reply, payload, next))
        }
      : (request: FastifyRequest, reply: FastifyReply, done: Done) => {
          const passage = Passage.of(host, reply.raw)
          const span = passage === null ? null : passage.beginHandler(operation)
          if (passage === null || span === null) return hook(request, reply, done)
          const next = (error: unknown) => {
            endHook(passage, span, error)
            return done(error)
          }
          return runHook(passage, span, () => hook(request, reply, next))
        }
    return named(hook, timed)
  }

  #timedHandler(handler: Callable, operation: Operation): Callable {
    const host = this.#host
    return named(handler, (request: FastifyRequest, reply: FastifyReply) => {
      const passage = Passage.of(host, reply.raw)
      const span = passage === null ? null : passage.beginHandler(operation)
      if (passage === null || span === null) return handler(request, reply)
      return runHandler(passage, span, () => handler(request, reply))
    })
  }
}

/** What the function returns or throws passes through untouched. A hook's span ends with its promise. */
function runHook(passage: Passage, span: Span, call: () => unknown): unknown {
  const result = run(passage, span, call)
  if (result instanceof Promise) {
    react(
      result,
      () => passage.endHandler(span, true),
      (error) => passage.endHandler(span, false, error),
    )
  }
  return result
}

/** A handler's span goes on until the response ends, as in any framework whose handlers write it. */
function runHandler(passage: Passage, span: Span, call: () => unknown): unknown {
  const result = run(passage, span, call)
  if (result instanceof Promise) react(result, null, (error) => passage.endHandler(span, false, error))
  return result
}

function run(passage: Passage, span: Span, call: () => unknown): unknown {
  try {
    return passage.enter(call)
  } catch (error) {
    passage.endHandler(span, false, error)
    throw error
  }
}

/** Attached before Fastify's own reactions, so it runs before what they start. */
function react(promise: Promise<unknown>, onValue: (() => void) | null, onError: (error: unknown) => void): void {
  Promise.prototype.then.call(promise, onValue, onError)
}

function endHook(passage: Passage, span: Span, error: unknown): void {
  passage.endHandler(span, !error, error)
}

function routeName({ config }: RouteContext): string {
  if (config?.url === undefined) return '(unmatched)'
  const { method = '' } = config
  const methods = typeof method === 'string' ? [method] : method
  return `${methods.length > MAX_LISTED_METHODS ? 'ALL' : methods.join(',')} ${config.url}`
}

function isFastifys(name: string | null): boolean {
  return name !== null && FASTIFYS_OWN.has(name)
}

/** `null` for a function without a name. */
function functionName(fn: Callable): string | null {
  const name = fn.name.replace(/^(?:bound )+/, '')
  return name === '' ? null : name.slice(0, MAX_NAME_LENGTH)
}

/** printRoutes() lists hooks by name. */
function named(original: Callable, replacement: Callable): Callable {
  return Object.defineProperty(replacement, 'name', { value: original.name, configurable: true })
}
