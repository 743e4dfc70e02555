// A Node process asked over IPC and never left behind: it ends with its parent, and is killed when it does not end by itself.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const ANSWER_LIMIT_MS = 60_000 // far above most questions: a child that hangs must not hang what waits for it
const STOP_LIMIT_MS = 8000
const KEPT_CHARACTERS = 4000

/**
 * @param {object} options
 * @param {string | URL} options.file
 * @param {string[]} [options.args]
 * @param {string[]} [options.nodeArgs]
 * @param {string[]} [options.wrapper] a command before Node's, e.g. `['taskset', '-c', '0']`
 * @param {string} [options.cwd]
 * @param {object} [options.env] beside the parent's
 * @param {number} [options.answerLimitMs]
 */
export function startChild({
  file: fileOrUrl,
  args = [],
  nodeArgs = [],
  wrapper = [],
  cwd,
  env = {},
  answerLimitMs = ANSWER_LIMIT_MS,
}) {
  const file = fileOrUrl instanceof URL ? fileURLToPath(fileOrUrl) : fileOrUrl
  const [command, ...rest] = [...wrapper, process.execPath, ...nodeArgs, file, ...args]
  const child = spawn(command, rest, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  const exited = once(child, 'exit')
  exited.catch(() => {}) // a command that cannot be started: `ask` tells
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      printed = (printed + text).slice(-KEPT_CHARACTERS)
    })
  }
  return {
    /** One question at a time. Rejects when the child fails, ends or does not answer. */
    async ask(question, details = {}) {
      const settled = new AbortController()
      const timer = setTimeout(() => settled.abort(), answerLimitMs)
      try {
        const answered = once(child, 'message', { signal: settled.signal }).catch(() => {
          throw new Error(`${file} ${args.join(' ')}: no answer to "${question}"\n${printed}`)
        })
        const ended = exited.then(([code, signal]) => {
          throw new Error(`${file} ${args.join(' ')} ended (${code ?? signal}) at "${question}"\n${printed}`)
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
      const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
      if (child.connected) child.disconnect()
      if (child.exitCode === null && child.signalCode === null) await exited
      clearTimeout(deadline)
    },

    pid: child.pid,
    printed: () => printed,
  }
}

/**
 * For the child: answers the parent's questions and ends with it.
 * @param {Record<string, (details: any) => unknown>} answers
 * @param {() => unknown} [atEnd]
 */
export function answerParent(answers, atEnd = () => {}) {
  process.on('message', async ({ question, ...details }) => {
    try {
      process.send({ answer: await answers[question](details) })
    } catch (error) {
      process.send({ error: String(error?.stack ?? error) })
    }
  })
  process.once('disconnect', async () => {
    try {
      await atEnd()
    } finally {
      process.exit()
    }
  })
}
