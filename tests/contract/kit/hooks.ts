// What the apps' handlers call: time, waiting and streams are in the test's hands.
import { Readable } from 'node:stream'
import { ManualClock } from '@perf-monitor/core'
import type { ContractHooks } from '../kit.js'

/** Stands still until it is advanced; throws while it is broken. */
export class BreakableClock extends ManualClock {
  isBroken = false

  override monotonicMs(): number {
    if (this.isBroken) throw new Error('the clock is broken')
    return super.monotonicMs()
  }
}

export const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

export class TestHooks implements ContractHooks {
  readonly clock = new BreakableClock()
  readonly #waiting: (() => void)[] = []
  readonly #streams: Readable[] = []

  readonly advance = (ms: number) => {
    if (!this.clock.isBroken) this.clock.advance(ms)
  }

  readonly gate = () => new Promise<void>((resolve) => this.#waiting.push(resolve))

  readonly slow = async () => {
    await turn()
    this.advance(25)
  }

  readonly work: ContractHooks['work'] = async (monitor) => {
    await monitor.track('db', 'query', async () => {
      await turn()
      this.advance(7)
    })
    this.advance(3)
  }

  readonly failure = (status: number) =>
    Object.assign(new Error(`failure ${status}`), { status, statusCode: status, expose: true })

  readonly chunks = () => {
    this.advance(10)
    return this.#stream(async function* (this: TestHooks) {
      yield 'one'
      await this.gate()
      this.advance(20)
      yield 'two'
      await this.gate()
      this.advance(30)
      yield 'three'
    })
  }

  readonly brokenChunks = () =>
    this.#stream(async function* (this: TestHooks) {
      yield 'one'
      await this.gate()
      throw this.failure(500)
    })

  readonly events = () =>
    this.#stream(async function* (this: TestHooks) {
      for (let n = 1; ; n++) {
        yield `data: ${n}\n\n`
        await this.gate()
      }
    })

  /** Resolves when `count` handlers wait at a gate. */
  async waiting(count: number): Promise<void> {
    while (this.#waiting.length < count) await turn()
  }

  /** Lets all that wait go on. */
  release(): void {
    for (const go of this.#waiting.splice(0)) go()
  }

  end(): void {
    this.clock.isBroken = false
    this.release()
    for (const stream of this.#streams.splice(0)) stream.destroy()
  }

  #stream(generate: (this: TestHooks) => AsyncGenerator<string, void>): Readable {
    const stream = Readable.from(generate.call(this), { objectMode: false })
    this.#streams.push(stream)
    return stream
  }
}
