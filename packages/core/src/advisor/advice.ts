// Asks the app's advisor when the findings have become others, not more often than its interval, and keeps what it said last.
// Nobody waits for it: reports show what is there.
import type { Clock } from '../clock.js'
import type { Guard } from '../guard.js'
import type { Advice, Advisor, AdvisorInput } from '../types/advice.js'
import type { OptimizationRecommendation, PerformanceBottleneck } from '../types/findings.js'
import { redactFindings } from './redact.js'

export const MAX_ADVICE_LENGTH = 8000 // characters: three pages, more is not read
const PART = 'advisor'
const STOPPED = new Error('the monitor stops')
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/g

export interface AdviceOptions {
  advisor: Advisor
  /** Between two questions at least. */
  intervalMs: number
  timeoutMs: number
  clock: Clock
  guard: Guard
  service: AdvisorInput['service']
  /** Runs the question: the monitor keeps its own calls out of the app's figures. */
  run?: <T>(ask: () => T) => T
}

export interface AdviceRound {
  window: AdvisorInput['window']
  bottlenecks: readonly PerformanceBottleneck[]
  recommendations: readonly OptimizationRecommendation[]
}

export class AdviceKeeper {
  readonly #options: AdviceOptions
  #current: Advice | null = null
  /** Of the findings that were last answered. */
  #answered: string | null = null
  #askedMs = Number.NEGATIVE_INFINITY
  #asking: AbortController | null = null

  constructor(options: AdviceOptions) {
    this.#options = options
  }

  /** The last answer; `null` before the first, and once there is nothing left to advise on. */
  get current(): Advice | null {
    return this.#current
  }

  /** What a round found. Returns at once, whatever the advisor does. */
  consider(round: AdviceRound): void {
    const { clock, intervalMs, guard } = this.#options
    if (round.bottlenecks.length === 0) {
      this.#current = null
      this.#answered = null
      return
    }
    const signature = signatureOf(round.bottlenecks)
    if (this.#asking !== null || signature === this.#answered) return
    const nowMs = clock.monotonicMs()
    if (nowMs - this.#askedMs < intervalMs) return
    this.#askedMs = nowMs
    void guard.runAsync(PART, () => this.#ask(round, signature), undefined)
  }

  /** Gives up a question that is open. */
  stop(): void {
    this.#asking?.abort(STOPPED)
  }

  async #ask({ window, bottlenecks, recommendations }: AdviceRound, signature: string): Promise<void> {
    const { advisor, timeoutMs, clock, guard, service, run = (ask) => ask() } = this.#options
    const asking = new AbortController()
    this.#asking = asking
    const timer = clock.after(timeoutMs, () => asking.abort(new Error(`no answer within ${timeoutMs} ms`)))
    try {
      const input: AdvisorInput = { service, window, findings: redactFindings(bottlenecks, recommendations) }
      const answer = run(() => Promise.resolve(advisor(input, { signal: asking.signal })))
      const text = cleanAnswer(await unlessAborted(answer, asking.signal))
      const at = new Date(clock.now()).toISOString()
      const model: unknown = advisor.model
      this.#current = { text, at, ...(typeof model === 'string' && { model: model.slice(0, 200) }) }
      this.#answered = signature
      guard.recover(PART)
    } catch (error) {
      if (asking.signal.reason === STOPPED) return // nobody's fault
      throw error
    } finally {
      timer.cancel()
      this.#asking = null
    }
  }
}

/** An advisor that does not look at its signal must not be waited for either. */
function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    if (signal.aborted) reject(signal.reason)
    answer.then(resolve, reject)
  })
}

function cleanAnswer(answer: unknown): string {
  if (typeof answer !== 'string') throw new TypeError('an advisor must return a promise of a string')
  const cut = answer
    .slice(0, MAX_ADVICE_LENGTH * 2)
    .replace(CONTROLS, ' ')
    .trim()
  if (cut === '') throw new Error('the advisor said nothing')
  return cut.length > MAX_ADVICE_LENGTH ? `${cut.slice(0, MAX_ADVICE_LENGTH - 1)}…` : cut
}

/** Which causes there are and how grave: figures change with every round. */
function signatureOf(bottlenecks: readonly PerformanceBottleneck[]): string {
  return bottlenecks
    .map(({ id, severity }) => `${id}:${severity}`)
    .sort()
    .join()
}
