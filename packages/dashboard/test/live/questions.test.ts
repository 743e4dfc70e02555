import { expect, it } from 'vitest'
import type { Trace } from '../../../core/src/types/traces.js'
import { type Asker, questions } from '../../src/live/questions.js'
import { withRoute, withTraces } from '../../src/state/reducers.js'
import { initialState, type State } from '../../src/state/state.js'
import { createStore } from '../../src/state/store.js'
import { START_MS, trace } from '../fixtures.js'

const LISTED = trace({ id: 't1' })

function asking(state: State) {
  const store = createStore(state)
  const asked: string[] = []
  const asker: Asker = {
    store,
    get: async <T>(path: string) => {
      asked.push(path)
      return { kind: 'ok', data: trace({ id: 'asked' }) as T }
    },
    take: (_part, answer, apply) => {
      if (answer.kind === 'ok') store.update((before) => apply(before, answer.data))
    },
    hasStream: () => true,
    showView: () => undefined,
  }
  return { asked, store, ask: questions(asker) }
}

function viewing(id: string): State {
  const there = withRoute(initialState(null, '#/', START_MS), '#/operation/http/GET%20%2Forders')
  const listed = withTraces(there, { component: 'http', operation: 'GET /orders', traces: [LISTED] })
  return withRoute(listed, `#/trace/${id}`)
}

it('a request that was listed is shown as it was, whether it is still kept or not', async () => {
  const { asked, store, ask } = asking(viewing('t1'))
  await ask.trace(new AbortController().signal)
  expect(store.get().trace).toBe<Trace>(LISTED)
  expect(asked).toEqual([])
})

it('any other request is asked for', async () => {
  const { asked, store, ask } = asking(viewing('t2'))
  await ask.trace(new AbortController().signal)
  expect(store.get().trace?.id).toBe('asked')
  expect(asked).toEqual(['/traces/t2'])
})
