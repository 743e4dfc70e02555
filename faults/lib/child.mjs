// A Node process asked over IPC and never left behind: it ends with its parent, and is killed when it does not end by itself.
import { spawn } from 'node:child_process'
import { once } from 'node:events'

const ANSWER_LIMIT_MS = 60_000 // far above any question asked here: a child that hangs must not hang the suite
const STOP_LIMIT_MS = 8000
const KEPT_CHARACTERS = 4000

/** @param {{ file: string, args?: string[], nodeArgs?: string[], cwd?: string, env?: object }} options */
export function startChild({ file, args = [], nodeArgs = [], cwd, env = {} }) {
  const child = spawn(process.execPath, [...nodeArgs, file, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
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
      const timer = setTimeout(() => settled.abort(), ANSWER_LIMIT_MS)
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
