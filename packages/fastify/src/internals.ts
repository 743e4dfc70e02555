// What is read of Fastify beyond its public interface, the same in 5.0 to 5.12. Where it is missing one day, requests are
// counted as before; hooks and handlers have no times, and a plugin registered before us runs its hooks before ours.
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** The hooks that come between a request and its answer. */
export const TIMED_HOOKS = [
  'onRequest',
  'preParsing',
  'preValidation',
  'preHandler',
  'preSerialization',
  'onSend',
] as const
export type TimedHook = (typeof TIMED_HOOKS)[number]

// biome-ignore lint/suspicious/noExplicitAny: hooks and handlers of any signature
export type Callable = (...args: any[]) => unknown

/** Of a route, made once the app is ready: the functions that its requests go through, bound to its instance. */
export type RouteContext = { [hook in TimedHook]?: Callable[] | null } & {
  handler: Callable
  config?: { url?: string; method?: string | string[] }
  server: FastifyInstance
}

type Hooks = { [hook in TimedHook]: Callable[] }

/** The key of a request's route context. */
export function contextSymbol(request: FastifyRequest): symbol | undefined {
  return symbolOf(request, 'fastify.context')
}

/** Hooks of the instance come before those of the route: how many. */
export function instanceHookCount(context: RouteContext, hook: TimedHook): number {
  const hooks = symbolValue(context.server, 'fastify.hooks') as Hooks | undefined
  return hooks?.[hook]?.length ?? 0
}

export function moveHookFirst(app: FastifyInstance, hook: Callable): void {
  const onRequest = (symbolValue(app, 'fastify.hooks') as Hooks | undefined)?.onRequest
  const index = onRequest?.indexOf(hook) ?? -1
  if (onRequest !== undefined && index > 0) {
    onRequest.splice(index, 1)
    onRequest.unshift(hook)
  }
  const children = symbolValue(app, 'fastify.children') as FastifyInstance[] | undefined
  for (const child of children ?? []) moveHookFirst(child, hook)
}

function symbolValue(target: object, description: string): unknown {
  const symbol = symbolOf(target, description)
  return symbol === undefined ? undefined : (target as Record<symbol, unknown>)[symbol]
}

/** Each copy of Fastify has symbols of its own. */
function symbolOf(target: object, description: string): symbol | undefined {
  return Object.getOwnPropertySymbols(target).find((candidate) => candidate.description === description)
}
