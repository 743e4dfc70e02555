// The monitor's thread talks to the main thread's inspector: answers come while the main thread is blocked in JavaScript.
import { Session } from 'node:inspector'

// A thread that ends at once after a disconnect aborts the whole process (SIGABRT in MainThreadInterface::Post, Node 20 to 26)
const SETTLE_MS = 100

let lastDisconnectMs = Number.NEGATIVE_INFINITY

export class MainSession {
  readonly #session = new Session()
  #isOpen = false

  /** @throws where the app may not be inspected (the permission model) */
  open(): void {
    if (this.#isOpen) return
    this.#session.connectToMainThread()
    this.#isOpen = true
  }

  /** A session that stays open prints "Waiting for the debugger to disconnect..." when the app exits: only open in use. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    lastDisconnectMs = performance.now()
    this.#session.disconnect() // pending posts are rejected
  }

  /** Without a deadline: within one native call the main thread answers nothing. Ends with a rejection when the session is closed. */
  post<T>(method: string, params: object = {}): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#session.post(method, params, (error, result) => {
        if (error === null) resolve(result as T)
        else reject(new Error(`${method}: ${error.message}`))
      })
    })
  }

  onNotification<T>(method: string, listener: (params: T) => void): void {
    this.#session.on(method, (notification) => listener((notification as unknown as { params: T }).params))
  }
}

/** Resolves when the thread may end. */
export async function settled(): Promise<void> {
  const waitMs = lastDisconnectMs + SETTLE_MS - performance.now()
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
}
