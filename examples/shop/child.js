// The processes beside the shop: started, ended, and never left behind.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const STOP_TIMEOUT_MS = 2000

/**
 * @param {string} file beside this one
 * @param {string[]} [args]
 */
export function startChild(file, args = []) {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = fork(path, args, { execArgv: [] }) // an --inspect port or a loader of the parent's would not fit
  const exited = once(child, 'exit')

  return {
    child,

    /** Its first message; rejects when it ends without one. */
    async ready() {
      const [message] = await Promise.race([
        once(child, 'message'),
        exited.then(([code]) => Promise.reject(new Error(`${file} ended with code ${code} before it was ready`))),
      ])
      return message
    },

    /** Ends it and waits until it is gone. */
    async stop() {
      const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
      if (child.connected) child.disconnect()
      await exited
      clearTimeout(deadline)
    },
  }
}

/** For the child: ends with its parent, however that ends (a killed one closes the channel too). */
export function endWithParent() {
  if (process.send === undefined) return // started by hand
  if (!process.connected) process.exit()
  process.once('disconnect', () => process.exit())
  process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group of processes: the parent ends them in order
}
