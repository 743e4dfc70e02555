// Where a request meets us: at the server (before routing) and in an `onRequest` hook, the first one of its route.
// No other hook is added: each would change what Fastify does on the way (onSend and onError catch errors that otherwise
// reach the caller, onResponse starts `reply.elapsedTime`).
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AdapterHost } from '@perf-monitor/core/adapter'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { moveHookFirst } from './internals.js'
import { Passage } from './passage.js'
import { HookTimes } from './timing.js'

type Done = (error?: Error) => void

export function observe(app: FastifyInstance, host: AdapterHost): void {
  const times = new HookTimes(host)
  const root = rootOf(app)

  function perfMonitor(request: FastifyRequest, reply: FastifyReply, done: Done) {
    const { raw: req } = request
    const { raw: res } = reply
    if (!host.enabled) return done()
    if (app === root && host.owns(req.url ?? '')) {
      reply.hijack()
      host.serve(req, res, '')
      return
    }
    const passage = Passage.of(host, res) ?? Passage.begin(host, req, res)
    if (passage === null) return done()
    host.guard.run('fastify', () => nameRoute(passage, request), undefined)
    times.watch(request)
    passage.enter(done)
  }

  addFirstHook(app, perfMonitor)
  if (app !== root) serveBelow(app.prefix, root, host)
  // Sees what no hook does: malformed URLs, requests while the server closes. `inject()` and the second server of
  // `localhost` come to the hook only.
  else
    app.server.prependListener('request', (req: IncomingMessage, res: ServerResponse) => {
      if (host.enabled && !host.owns(req.url ?? '')) Passage.begin(host, req, res)
    })
}

function nameRoute(passage: Passage, request: FastifyRequest): void {
  const { url } = request.routeOptions
  if (url !== undefined && !request.is404) passage.exchange.setRoute(url)
}

/** Registered within a plugin: the endpoints are below its prefix, where no route, and so no hook of the plugin, is. */
function serveBelow(prefix: string, root: FastifyInstance, host: AdapterHost): void {
  const mount = new RegExp(`^${prefix.split('/').map(segmentSource).join('/')}(?=[/?#]|$)`)

  function perfMonitor({ raw }: FastifyRequest, reply: FastifyReply, done: Done) {
    const url = raw.url ?? ''
    const mountPath = host.enabled ? mount.exec(url)?.[0] : undefined
    if (mountPath === undefined || !host.owns(url.slice(mountPath.length))) return done()
    reply.hijack()
    host.serve(raw, reply.raw, mountPath, url.slice(mountPath.length))
  }

  addFirstHook(root, perfMonitor)
}

function segmentSource(segment: string): string {
  return /[:*]/.test(segment) ? '[^/?#]+' : segment.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&')
}

/** Plugins registered before us get the hook as well, but behind theirs: it is moved before them. */
function addFirstHook(app: FastifyInstance, hook: (request: FastifyRequest, reply: FastifyReply, done: Done) => void) {
  app.addHook('onRequest', hook)
  app.after(() => moveHookFirst(app, hook))
}

/** A plugin's instance inherits from the one that registered it. */
function rootOf(app: FastifyInstance): FastifyInstance {
  const parent = Object.getPrototypeOf(app)
  return typeof parent?.addHook === 'function' ? rootOf(parent) : app
}
