import { describe, expect, it } from 'vitest'
import { AdviceKeeper, type AdviceOptions, MAX_ADVICE_LENGTH } from '../../src/advisor/advice.js'
import { ManualClock } from '../../src/clock.js'
import { Guard } from '../../src/guard.js'
import type { Advisor, AdvisorInput } from '../../src/types/advice.js'
import { bottleneck, recommendation } from '../exporters/reports.js'

const quiet = { info() {}, warn() {}, error() {} }
const WINDOW = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T00:03:00.000Z' }
const settled = () => new Promise((resolve) => setImmediate(resolve))

function keeperOf(advisor: Advisor, options: Partial<AdviceOptions> = {}) {
  const clock = new ManualClock()
  const guard = new Guard(clock, quiet)
  const service = { name: 'shop', version: '1.0.0', node: '20.0.0' }
  const keeper = new AdviceKeeper({ advisor, intervalMs: 600_000, timeoutMs: 5000, clock, guard, service, ...options })
  const round = (...ids: string[]) => ({
    window: WINDOW,
    bottlenecks: ids.map((id) => bottleneck({ id })),
    recommendations: ids.map((id) => recommendation({ bottleneckId: id })),
  })
  return { clock, guard, keeper, round }
}

describe('AdviceKeeper', () => {
  it('asks about the findings and keeps the answer with its time and model', async () => {
    const asked: AdvisorInput[] = []
    const advisor: Advisor = Object.assign(
      async (input: AdvisorInput) => {
        asked.push(input)
        return ' Fetch the items at once.\u0007 '
      },
      { model: 'local' },
    )
    const { keeper, round } = keeperOf(advisor)
    expect(keeper.current).toBeNull()
    keeper.consider(round('a'))
    expect(keeper.current).toBeNull() // nobody waits
    await settled()
    expect(keeper.current).toEqual({ text: 'Fetch the items at once.', at: '2026-01-01T00:00:00.000Z', model: 'local' })
    expect(asked).toHaveLength(1)
    expect(asked[0]?.service.name).toBe('shop')
    expect(asked[0]?.findings[0]?.recommendations).toHaveLength(1)
  })

  it('asks only when the findings changed, and not before the interval is over', async () => {
    let asked = 0
    const { keeper, round, clock } = keeperOf(async () => `answer ${++asked}`)
    const consider = async (...ids: string[]) => {
      keeper.consider(round(...ids))
      await settled()
    }
    await consider('a')
    await consider('a')
    clock.advance(600_000)
    await consider('a') // the same
    expect(asked).toBe(1)
    await consider('a', 'b')
    expect(asked).toBe(2)
    await consider('c') // changed, but too early
    expect(asked).toBe(2)
    expect(keeper.current?.text).toBe('answer 2')
    clock.advance(600_000)
    await consider('c')
    expect(keeper.current?.text).toBe('answer 3')
  })

  it('drops its text when nothing is found any more, and asks anew when the cause comes back', async () => {
    let asked = 0
    const { keeper, round, clock } = keeperOf(async () => `answer ${++asked}`)
    keeper.consider(round('a'))
    await settled()
    keeper.consider(round())
    expect(keeper.current).toBeNull()
    clock.advance(600_000)
    keeper.consider(round('a'))
    await settled()
    expect(keeper.current?.text).toBe('answer 2')
  })

  it('gives up after the time-out, also when the advisor does not look at its signal', async () => {
    const signals: AbortSignal[] = []
    const { keeper, round, clock, guard } = keeperOf((_input, { signal }) => {
      signals.push(signal)
      return new Promise(() => {})
    })
    keeper.consider(round('a'))
    await settled()
    keeper.consider(round('b')) // while one is open: no second one
    clock.advance(5000)
    await settled()
    expect(signals).toHaveLength(1)
    expect(signals[0]?.aborted).toBe(true)
    expect(guard.faults[0]).toMatchObject({ part: 'advisor', lastError: 'no answer within 5000 ms' })
    expect(clock.timerCount).toBe(0)
  })

  it('asks again after a failure, and leaves the list of what is degraded when it works', async () => {
    let asked = 0
    const { keeper, round, clock, guard } = keeperOf(async () => {
      if (++asked === 1) throw new Error('no model')
      return 'fine'
    })
    keeper.consider(round('a'))
    await settled()
    expect(guard.faults[0]).toMatchObject({ part: 'advisor', lastError: 'no model' })
    clock.advance(600_000)
    keeper.consider(round('a'))
    await settled()
    expect(keeper.current?.text).toBe('fine')
    expect(guard.faults).toEqual([])
  })

  it.each([
    [
      'throws at once',
      () => {
        throw new Error('broken')
      },
      'broken',
    ],
    ['is not a string', async () => 42 as never, 'an advisor must return a promise of a string'],
    ['is empty', async () => '  \n', 'the advisor said nothing'],
  ] as [string, Advisor, string][])('contains an answer that %s', async (_what, advisor, message) => {
    const { keeper, round, guard } = keeperOf(advisor)
    expect(() => keeper.consider(round('a'))).not.toThrow()
    await settled()
    expect(keeper.current).toBeNull()
    expect(guard.faults[0]?.lastError).toBe(message)
  })

  it('bounds a long answer', async () => {
    const { keeper, round } = keeperOf(async () => 'x'.repeat(1_000_000))
    keeper.consider(round('a'))
    await settled()
    expect(keeper.current?.text).toHaveLength(MAX_ADVICE_LENGTH)
  })

  it('gives up silently when the monitor stops', async () => {
    const { keeper, round, guard, clock } = keeperOf(() => new Promise(() => {}))
    keeper.consider(round('a'))
    await settled()
    keeper.stop()
    await settled()
    expect(guard.total).toBe(0)
    expect(clock.timerCount).toBe(0)
  })
})
