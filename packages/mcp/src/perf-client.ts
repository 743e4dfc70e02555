// Reads a /perf address. Every failure says what to do about it: whoever reads it is a program that can act on it.

export interface PerfClientOptions {
  /** Where the endpoints are mounted: `http://127.0.0.1:3000/perf`. */
  url: string
  /** Of `auth: { token }`. */
  token?: string
  /** Of `auth: { username, password }`. */
  username?: string
  password?: string
  /** Default 30000. */
  timeoutMs?: number
}

/** What a tool answers instead of a result. */
export class PerfError extends Error {
  /** Of the answer that it is about; `null` when there was none. */
  readonly status: number | null

  constructor(message: string, status: number | null = null) {
    super(message)
    this.status = status
  }
}

const DEFAULT_TIMEOUT_MS = 30_000 // a report of 10,000 operations takes seconds
const MAX_BODY_BYTES = 64 * 1024 * 1024 // a snapshot of 20,000 operations has about 40 MB
const MAX_QUOTED_LENGTH = 300

type Query = Record<string, string | number | undefined>

export class PerfClient {
  readonly #base: string
  readonly #headers: Record<string, string>
  readonly #timeoutMs: number

  /** @throws PerfError for an address that is none */
  constructor({ url, token, username, password, timeoutMs = DEFAULT_TIMEOUT_MS }: PerfClientOptions) {
    const parsed = URL.canParse(url) ? new URL(url) : null
    if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.username !== '' || parsed.password !== '') {
      throw new PerfError(`"${url}" is no address of a monitor: give one such as http://127.0.0.1:3000/perf`)
    }
    this.#base = `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`
    const basic = Buffer.from(`${username}:${password}`).toString('base64')
    this.#headers = {
      Accept: 'application/json',
      'User-Agent': 'perf-monitor-mcp',
      ...(token ? { Authorization: `Bearer ${token}` } : username && { Authorization: `Basic ${basic}` }),
    }
    this.#timeoutMs = timeoutMs
  }

  get address(): string {
    return this.#base
  }

  /** @throws PerfError */
  async json<T>(path: string, query: Query = {}): Promise<T> {
    return this.#parse<T>(await this.#text(path, { query }))
  }

  async text(path: string, query: Query = {}): Promise<string> {
    return this.#text(path, { query })
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    return this.#parse<T>(await this.#text(path, { body }))
  }

  #parse<T>(body: string): T {
    try {
      return JSON.parse(body)
    } catch {
      throw new PerfError(`${this.#base} answered no JSON: is it the address of a perf-monitor (…/perf)?`)
    }
  }

  async #text(path: string, { query = {}, body }: { query?: Query; body?: unknown }): Promise<string> {
    const url = new URL(`${this.#base}${path}`)
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value))
    let response: Response
    let text: string
    try {
      response = await fetch(url, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { ...this.#headers, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
        body: body === undefined ? undefined : JSON.stringify(body),
        redirect: 'manual', // it would carry the token elsewhere
        signal: AbortSignal.timeout(this.#timeoutMs),
      })
      text = await readBounded(response)
    } catch (error) {
      throw this.#unreachable(error)
    }
    if (response.ok || (response.status === 503 && path === '/health')) return text
    throw this.#refused(response, text, path)
  }

  #unreachable(error: unknown): PerfError {
    if (error instanceof PerfError) return error
    if ((error as Error)?.name === 'TimeoutError') {
      return new PerfError(`${this.#base} did not answer within ${this.#timeoutMs} ms: is the app blocked or stopped?`)
    }
    const code = (error as { cause?: { code?: string } })?.cause?.code ?? (error as Error)?.message
    return new PerfError(
      `${this.#base} cannot be reached (${code}): start the app, or correct the address this server was started with`,
    )
  }

  #refused({ status, headers }: Response, text: string, path: string): PerfError {
    const said = messageOf(text)
    const reason = said === '' ? '' : ` It says: ${said}`
    if (status === 401) {
      return new PerfError(
        `${this.#base} wants credentials (401). Set PERF_MONITOR_TOKEN to the token of the app's \`auth: { token }\` (or PERF_MONITOR_USERNAME and PERF_MONITOR_PASSWORD) in this server's environment.${reason}`,
        status,
      )
    }
    if (status === 403) {
      return new PerfError(
        `${this.#base} refuses (403). Without \`auth\` it answers direct connections from its own machine only: use http://127.0.0.1:PORT/perf there, or configure \`auth: { token }\` in the app and set PERF_MONITOR_TOKEN.${reason}`,
        status,
      )
    }
    if (status === 404 && said === '') {
      return new PerfError(
        `${this.#base}${path} is not there (404): this server must be started with the address where the monitor is mounted, usually …/perf, and the app must have a version that has it`,
        status,
      )
    }
    if (status >= 300 && status < 400) {
      return new PerfError(
        `${this.#base} redirects to ${headers.get('location')}: start this server with the final address`,
        status,
      )
    }
    return new PerfError(`${this.#base}${path} answered ${status}.${reason}`, status)
  }
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) {
      throw new PerfError(
        `the answer is larger than ${MAX_BODY_BYTES} bytes: ask for a shorter window or one component`,
      )
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** The message of `{error: {code, message}}`. */
function messageOf(text: string): string {
  try {
    const message: unknown = JSON.parse(text)?.error?.message
    return typeof message === 'string' ? message.slice(0, MAX_QUOTED_LENGTH) : ''
  } catch {
    return ''
  }
}
