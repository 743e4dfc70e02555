import { expect, it } from 'vitest'
import { createStore } from '../../src/state/store.js'

it('tells its listeners once per change, and not when nothing changed', () => {
  const store = createStore({ count: 0 })
  const heard: number[] = []
  const forget = store.subscribe(() => heard.push(store.get().count))
  store.update(({ count }) => ({ count: count + 1 }))
  store.update((state) => state)
  forget()
  store.update(({ count }) => ({ count: count + 1 }))
  expect(heard).toEqual([1])
  expect(store.get().count).toBe(2)
})

it('lets a listener leave while others are told', () => {
  const store = createStore(0)
  const heard: string[] = []
  const forget = store.subscribe(() => {
    heard.push('first')
    forget()
  })
  store.subscribe(() => heard.push('second'))
  store.update((n) => n + 1)
  store.update((n) => n + 1)
  expect(heard).toEqual(['first', 'second', 'second'])
})
