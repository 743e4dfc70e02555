import { describe, expect, it } from 'vitest'
import type { SourceLocation } from '../../../core/src/types/findings.js'
import type { ProfilePlace } from '../../../core/src/types/metrics.js'
import type { Trace } from '../../../core/src/types/traces.js'
import { callsFrom, errorsOf, percentAt, requestOf } from '../../src/state/related.js'
import { component, iso, operation, trace } from '../fixtures.js'

const at = (line: number, name: string | null = null): SourceLocation => ({
  file: 'src/orders.ts',
  line,
  column: 1,
  function: name,
})

function failed(name: string, line: number, fields: Partial<Trace> = {}): Trace {
  return trace({ error: { class: name, message: `message ${fields.id}`, location: at(line) }, ...fields })
}

describe('requestOf', () => {
  const calls = (name: string, operationName: string, sharePercent: number) => ({
    component: name,
    operation: operationName,
    callsPerParent: 1,
    totalMs: 1,
    sharePercent,
  })

  it('climbs to the route that calls it most', () => {
    const components = {
      http: component({
        'GET /a': operation({ children: [calls('handler', 'h', 90)] }),
        'GET /b': operation({ children: [calls('db', 'select', 5)] }),
      }),
      handler: component({ h: operation({ children: [calls('db', 'select', 80)] }) }),
    }
    expect(requestOf(components, { component: 'db', operation: 'select' })).toEqual({
      component: 'http',
      operation: 'GET /a',
    })
    expect(requestOf({}, { component: 'job', operation: 'tidy' })).toEqual({ component: 'job', operation: 'tidy' })
  })

  it('ends when operations call each other', () => {
    const circle = {
      job: component({
        a: operation({ children: [calls('job', 'b', 50)] }),
        b: operation({ children: [calls('job', 'a', 50)] }),
      }),
    }
    expect(requestOf(circle, { component: 'job', operation: 'a' }).component).toBe('job')
  })
})

describe('callsFrom', () => {
  it('counts the calls of a line, and a failure that began there', () => {
    const span = (site: SourceLocation | null) => ({
      component: 'db',
      operation: 'select',
      parent: null,
      startMs: 0,
      durationMs: 1,
      success: true,
      site,
    })
    const spans = [span(at(42)), span(at(42)), span(at(43)), span(null)]
    expect(callsFrom(trace({ spans }), at(42))).toBe(2)
    expect(callsFrom(failed('Error', 42), at(42))).toBe(1)
    expect(callsFrom(trace(), at(42))).toBe(0)
  })
})

describe('percentAt', () => {
  const place = (location: SourceLocation, percent: number): ProfilePlace => ({
    location,
    api: null,
    self: percent,
    percent,
    stack: [],
    operations: [],
  })

  it('adds up what the line and its function took', () => {
    const places = [place(at(42, 'list'), 20), place(at(45, 'list'), 5), place(at(90, 'other'), 50), place(at(42), 1)]
    expect(percentAt(places, at(42, 'list'))).toBe(26)
    expect(percentAt(places, { ...at(42, 'list'), file: 'src/other.ts' })).toBe(0)
  })
})

describe('errorsOf', () => {
  it('groups by class and place, the most frequent first, with the newest message', () => {
    const groups = errorsOf([
      failed('TypeError', 7, { id: 'a' }),
      failed('Timeout', 42, { id: 'b', startedAt: iso(5000) }),
      trace(),
      failed('Timeout', 42, { id: 'c', startedAt: iso(1000) }),
      failed('Timeout', 43, { id: 'd' }),
    ])
    expect(groups.map(({ class: name, location, count, message }) => [name, location?.line, count, message])).toEqual([
      ['Timeout', 42, 2, 'message b'],
      ['TypeError', 7, 1, 'message a'],
      ['Timeout', 43, 1, 'message d'],
    ])
  })
})
