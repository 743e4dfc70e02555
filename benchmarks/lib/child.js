// A Node process per measured thing, pinned to one core, asked over IPC, and never left behind.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const ANSWER_TIMEOUT_MS = 60_000 // far above any question asked here: a child that hangs must not hang the benchmark
const STOP_TIMEOUT_MS = 5000
const KEPT_ERROR_CHARACTERS = 4000

/**
 * @param {{ url: URL, args?: string[], core?: number | null, nodeArgs?: string[], answerTimeoutMs?: number }} options
 *   `core` null: wherever there is room
 */
export function startChild({ url, args = [], core = null, nodeArgs = [], answerTimeoutMs = ANSWER_TIMEOUT_MS }) {
  const file = fileURLToPath(url)
  const command = [process.execPath, ...nodeArgs, file, ...args]
  if (core !== null) command.unshift('taskset', '-c', String(core))
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  const exited = once(child, 'exit')
  exited.catch(() => {}) // a command that cannot be started: `ask` tells
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors = (errors + text).slice(-KEPT_ERROR_CHARACTERS)
  })

  return {
    /** One question at a time. Rejects when the child fails, ends or does not answer. */
    async ask(question, details = {}) {
      const settled = new AbortController()
      const timer = setTimeout(() => settled.abort(new Error(`no answer to "${question}"`)), answerTimeoutMs)
      try {
        const answered = once(child, 'message', { signal: settled.signal })
        const ended = exited.then(([code, signal]) => {
          throw new Error(`${file} ${args.join(' ')} ended (${code ?? signal}) at "${question}"\n${errors}`)
        })
        if (child.connected) child.send({ question, ...details })
        const [{ error, answer }] = await Promise.race([answered, ended])
        if (error !== undefined) throw new Error(`${file} ${args.join(' ')}: ${error}`)
        return answer
      } finally {
        clearTimeout(timer)
        settled.abort()
      }
    },

    async stop() {
      const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
      if (child.connected) child.disconnect()
      if (child.exitCode === null && child.signalCode === null) await exited
      clearTimeout(deadline)
    },
  }
}

/**
 * For the child: answers the parent's questions and ends with it.
 * @param {Record<string, (details: any) => unknown>} answers
 */
export function answerParent(answers) {
  process.on('message', async ({ question, ...details }) => {
    try {
      process.send({ answer: await answers[question](details) })
    } catch (error) {
      process.send({ error: String(error?.stack ?? error) })
    }
  })
  process.once('disconnect', () => process.exit())
}
