// The endpoints, as the page asks them. An answer is data, a refusal, or a failure; nothing throws.

export type Answer<T> =
  | { kind: 'ok'; data: T }
  | { kind: 'refused'; status: number; message: string }
  | { kind: 'failed'; message: string; unreachable: boolean }
  | { kind: 'cancelled' }

const TIMEOUT_MS = 20_000

export async function request<T>(url: string, init: RequestInit & { signal: AbortSignal }): Promise<Answer<T>> {
  try {
    const response = await fetch(url, {
      ...init,
      headers: { accept: 'application/json', ...(init.body ? { 'content-type': 'application/json' } : {}) },
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.any([init.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    })
    if (response.ok) return { kind: 'ok', data: (response.status === 204 ? null : await response.json()) as T }
    const message = await errorMessage(response)
    if (response.status === 401 || response.status === 403) return { kind: 'refused', status: response.status, message }
    return { kind: 'failed', message, unreachable: false }
  } catch (error) {
    if (init.signal.aborted) return { kind: 'cancelled' }
    const message = error instanceof Error && error.name === 'TimeoutError' ? 'no answer in 20 s' : 'not reachable'
    return { kind: 'failed', message, unreachable: true }
  }
}

async function errorMessage(response: Response): Promise<string> {
  try {
    const body = (await response.json()) as { error?: { message?: string } }
    return body.error?.message ?? `status ${response.status}`
  } catch {
    return `status ${response.status}`
  }
}

export function historyQuery(fromMs: number, toMs: number, stepMs: number): string {
  return `from=${Math.round(fromMs)}&to=${Math.round(toMs)}&step=${stepMs}`
}

export function parse<T>(event: MessageEvent): T | null {
  try {
    return JSON.parse(event.data as string) as T
  } catch {
    return null // half a line after a broken connection
  }
}
