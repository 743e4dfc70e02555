// PerfRequest in, PerfResponse out, whatever happens: access first, then the route, then what every answer has.
import { PerfHttpError, PerfMonitorError } from '../errors.js'
import type { PerfRequest, PerfResponse } from '../types/http.js'
import { Access } from './access.js'
import { namesHtml } from './negotiate.js'
import { header } from './origin.js'
import { completed, errorResponse } from './respond.js'
import { type Resolved, Router, withoutRoute } from './router.js'
import { ROUTES } from './routes.js'
import { signInPage } from './sign-in.js'
import type { PerfSource } from './source.js'
import { StreamHub } from './stream.js'

export class PerfHttp {
  readonly source: PerfSource
  readonly #router = new Router(ROUTES)
  readonly #access: Access
  readonly #hub: StreamHub

  constructor(source: PerfSource) {
    this.source = source
    this.#access = new Access(source.config, source.guard)
    this.#hub = new StreamHub(source)
  }

  /** Never rejects. */
  async handle(request: PerfRequest): Promise<PerfResponse> {
    const head = request.method === 'HEAD'
    let resolved: Resolved = { kind: 'unknown' }
    try {
      const response = await this.#answer(request, (found) => {
        resolved = found
      })
      return completed(response, head)
    } catch (error) {
      return completed(this.#refusal(request, { error, resolved }), head)
    }
  }

  /** Ends all streams. */
  close(): void {
    this.#hub.close()
  }

  /** Clients of `/stream`: connected, turned away by the limit, dropped for reading too slowly. */
  get streamClients(): { used: number; rejected: number; dropped: number } {
    return { used: this.#hub.clientCount, rejected: this.#hub.rejectedCount, dropped: this.#hub.droppedCount }
  }

  async #answer(request: PerfRequest, onResolved: (resolved: Resolved) => void): Promise<PerfResponse> {
    const { method, path } = request
    const resolved = this.#router.resolve(method, path)
    onResolved(resolved)
    const isRoute = resolved.kind === 'route'
    const { signedIn } = await this.#access.admit(request, isRoute && resolved.route.open === true)
    if (!isRoute) return withoutRoute(method, resolved)
    const response = await resolved.route.run({
      request,
      source: this.source,
      access: this.#access,
      hub: this.#hub,
      params: resolved.params(),
      signedIn,
      head: method === 'HEAD',
    })
    this.source.guard.recover(partOf(resolved))
    return response
  }

  #refusal(request: PerfRequest, failure: { error: unknown; resolved: Resolved }): PerfResponse {
    const error = this.#httpError(failure)
    if (!this.#wantsForm(request, failure.resolved, error)) return errorResponse(error)
    const { basePath } = request
    const { serviceName } = this.source.config
    const status = error.code === 'unauthorized' ? 401 : 429
    const message = request.method === 'POST' ? error.message : null
    return signInPage({ basePath, serviceName, status, message, headers: error.headers })
  }

  #httpError({ error, resolved }: { error: unknown; resolved: Resolved }): PerfHttpError {
    if (error instanceof PerfHttpError) return error
    if (error instanceof PerfMonitorError && error.code === 'PERF_ARGUMENT_INVALID') {
      return new PerfHttpError('bad-request', error.message.replace('[perf-monitor] ', ''))
    }
    this.source.guard.report(partOf(resolved), error)
    return new PerfHttpError('internal-error', 'This answer could not be made; the log and /health say why')
  }

  /** A browser without credentials, or with wrong ones, gets the form; a program gets JSON. */
  #wantsForm(request: PerfRequest, resolved: Resolved, error: PerfHttpError): boolean {
    if (!this.#access.hasSignIn || resolved.kind !== 'route') return false
    if (error.code !== 'unauthorized' && error.code !== 'too-many-requests') return false
    const { page, open } = resolved.route
    const format = request.query.get('format') ?? 'html'
    return (page === true || open === true) && format === 'html' && namesHtml(header(request, 'accept'))
  }
}

/** The route's template, never the URL: parts are few, URLs are not. */
function partOf(resolved: Resolved): string {
  return resolved.kind === 'route' ? `${resolved.route.method} ${resolved.route.path}` : 'http'
}
