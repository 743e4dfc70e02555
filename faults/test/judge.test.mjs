import { describe, expect, it } from 'vitest'
import { judge, shortcomings, withoutUnfelt } from '../lib/judge.mjs'

const finding = (type, more = {}) => ({
  type,
  severity: 'high',
  state: 'active',
  title: type,
  component: 'http',
  operation: 'GET /orders',
  impactScore: 0.4,
  location: null,
  ...more,
})
const judged = (bottlenecks, causes, tolerates = [], anyOrder = false) =>
  judge({ report: { bottlenecks }, causes, tolerates, anyOrder, folder: '/nowhere', root: '/nowhere' })
const N_PLUS_ONE = { cause: 'n-plus-one', operation: 'GET /orders' }
const BLOCKED = { cause: 'event-loop-blocked', operation: 'GET /report' }

describe('a fault that users do not feel', () => {
  it('may be missing, but what is said instead is false, and what is found is judged', () => {
    const silent = withoutUnfelt(judged([], [N_PLUS_ONE]))
    expect(silent).toEqual({
      found: [expect.objectContaining({ found: null, operation: null })],
      first: null,
      falseAlarms: [],
    })
    expect(shortcomings({ judgement: silent, twin: null })).toEqual([])
    const wrong = withoutUnfelt(judged([finding('gc-pressure')], [N_PLUS_ONE]))
    expect(shortcomings({ judgement: wrong, twin: null })).toEqual(['false alarm: gc-pressure of GET /orders'])
    const misplaced = withoutUnfelt(judged([finding('n-plus-one', { operation: 'GET /other' })], [BLOCKED, N_PLUS_ONE]))
    expect(misplaced.first).toBe(true)
    expect(shortcomings({ judgement: misplaced, twin: null })).toEqual(['n-plus-one names GET /other'])
  })
})

describe('a report with one cause', () => {
  it('passes when it is found, first, and with its operation', () => {
    const judgement = judged([finding('n-plus-one'), finding('slow-operations', { severity: 'low' })], [N_PLUS_ONE])
    expect(judgement.found).toMatchObject([{ found: true, rank: 1, operation: true, place: null }])
    expect(judgement.first).toBe(true)
    expect(shortcomings({ judgement, twin: null })).toEqual([])
  })

  it('fails without it, and low or resolved findings are none', () => {
    const judgement = judged(
      [finding('n-plus-one', { severity: 'low' }), finding('n-plus-one', { state: 'resolved' })],
      [N_PLUS_ONE],
    )
    expect(judgement.first).toBe(false)
    expect(shortcomings({ judgement, twin: null })).toEqual(['n-plus-one is not found'])
  })

  it('tells a wrong operation, a lower rank and a false alarm', () => {
    const judgement = judged([finding('gc-pressure'), finding('n-plus-one', { operation: 'GET /other' })], [N_PLUS_ONE])
    expect(shortcomings({ judgement, twin: null })).toEqual([
      'n-plus-one names GET /other',
      'not ranked first',
      'false alarm: gc-pressure of GET /orders',
    ])
  })

  it('counts a second finding of the same type as a false alarm, and takes the one with the right operation', () => {
    const judgement = judged([finding('n-plus-one', { operation: 'GET /other' }), finding('n-plus-one')], [N_PLUS_ONE])
    expect(judgement.found[0]).toMatchObject({ rank: 2, operation: true })
    expect(judgement.falseAlarms).toHaveLength(1)
  })

  it('lets pass what the note tolerates, of the operation that it names only', () => {
    const found = [finding('n-plus-one'), finding('gc-pressure', { operation: 'GET /other' })]
    expect(judged(found, [N_PLUS_ONE], [{ cause: 'gc-pressure' }]).falseAlarms).toEqual([])
    expect(judged(found, [N_PLUS_ONE], [{ cause: 'gc-pressure', operation: 'GET /orders' }]).falseAlarms).toHaveLength(
      1,
    )
  })

  it('knows operations by pattern, by list and by absence', () => {
    const port = [finding('slow-dependency', { component: 'http-client', operation: 'GET 127.0.0.1:4711' })]
    const operationOf = (wanted, list = port) =>
      judged(list, [{ cause: 'slow-dependency', operation: wanted }]).found[0].operation
    expect(operationOf('GET 127.0.0.1:*')).toBe(true)
    expect(operationOf(['GET /orders', 'GET 127.0.0.1:4711'])).toBe(true)
    expect(operationOf('GET 127x0.0.1:*')).toBe(false)
    expect(operationOf(null)).toBe(false)
    expect(operationOf(null, [finding('slow-dependency', { operation: null })])).toBe(true)
    expect(judged(port, [{ cause: 'slow-dependency' }]).found[0].operation).toBeNull()
  })
})

describe('a report with several causes', () => {
  it('passes when all are found, the gravest first', () => {
    const list = [finding('event-loop-blocked', { operation: 'GET /report' }), finding('n-plus-one')]
    expect(judged(list, [BLOCKED, N_PLUS_ONE]).first).toBe(true)
    expect(judged(list, [N_PLUS_ONE, BLOCKED]).first).toBe(false)
    expect(judged(list, [N_PLUS_ONE, BLOCKED], [], true).first).toBe(true)
    expect(judged([list[0], finding('gc-pressure'), list[1]], [BLOCKED, N_PLUS_ONE]).first).toBe(false)
  })
})

it('accuses the accuser of a healthy app and of a twin', () => {
  const alarm = [finding('memory-leak', { operation: null })]
  expect(shortcomings({ judgement: judged(alarm, []), twin: null })).toEqual(['false alarm: memory-leak of null'])
  expect(shortcomings({ judgement: judged([], []), twin: judged(alarm, []) })).toEqual([
    'the twin is accused: memory-leak of null',
  ])
})
