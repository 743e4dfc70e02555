import { expect, test } from 'vitest'
import { ActiveResources, countActiveResources } from '../../../src/collectors/runtime/active-resources.js'

test('counted by type', () => {
  expect(countActiveResources(['Timeout', 'TCPSocketWrap', 'Timeout'])).toEqual({ Timeout: 2, TCPSocketWrap: 1 })
})

test('at most 50 types, with nothing lost', () => {
  const types = Array.from({ length: 120 }, (_, index) => `Type${index}`)
  const counts = countActiveResources([...types, ...types])
  expect(Object.keys(counts)).toHaveLength(50)
  expect(counts['(other)']).toBe((120 - 49) * 2)
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(240)
})

test('a long list is taken at every tenth reading only', () => {
  let taken = 0
  let length = 6000
  const resources = new ActiveResources(() => {
    taken++
    return new Array<string>(length).fill('TCPSocketWrap')
  })
  for (let read = 0; read < 20; read++) expect(resources.read()).toEqual({ TCPSocketWrap: 6000 })
  expect(taken).toBe(2)
  length = 10
  resources.read()
  resources.read()
  expect(taken).toBe(4)
})
