import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Patches } from '../../src/instruments/patches.js'

class Driver {
  readonly prefix = 'row'
  query(text: string, _values?: unknown[]) {
    return `${this.prefix} ${text}`
  }
}

describe('Patches', () => {
  it('stands around a method and goes without a trace', () => {
    const original = Object.getOwnPropertyDescriptor(Driver.prototype, 'query')
    const patches = new Patches()
    const driver = new Driver()
    expect(patches.wrap(Driver.prototype, 'query', ({ proceed }) => `<${proceed()}>`)).toBe(true)
    expect(driver.query('a')).toBe('<row a>')
    expect([driver.query.name, driver.query.length]).toEqual(['query', 2])
    patches.undo()
    expect(driver.query('a')).toBe('row a')
    expect(Object.getOwnPropertyDescriptor(Driver.prototype, 'query')).toEqual(original)
  })

  it('keeps what hangs on the function', () => {
    const custom = () => 'promised'
    const target = { get: Object.assign(() => 1, { [promisify.custom]: custom }) }
    new Patches().wrap(target, 'get', ({ proceed }) => proceed())
    expect(promisify(target.get)).toBe(custom)
  })

  it('stays, and only passes on, below what somebody wrapped around it', () => {
    const patches = new Patches()
    const target = { get: () => 'value' }
    let calls = 0
    patches.wrap(target, 'get', ({ proceed }) => {
      calls++
      return proceed()
    })
    const ours = target.get
    const theirs = () => `their ${ours()}`
    target.get = theirs
    patches.undo()
    expect(target.get).toBe(theirs)
    expect([target.get(), calls]).toEqual(['their value', 0])
  })

  it('leaves alone what is no method of its own, or cannot be replaced', () => {
    const patches = new Patches()
    const target = Object.defineProperty({ size: 3 }, 'fixed', { value: () => 1, configurable: false })
    expect(['size', 'fixed', 'missing', 'toString'].map((name) => patches.wrap(target, name, () => 0))).toEqual([
      false,
      false,
      false,
      false,
    ])
  })
})
