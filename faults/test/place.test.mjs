import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { enclosingFunction, isRightPlace } from '../lib/place.mjs'

const SOURCE = `import { a } from './a.mjs'

export async function listOrders(pool, customer) {
  const orders = await pool.orders(customer)
  for (const order of orders) {
    if (order.open) {
      // each line by itself
      order.lines = await pool.lines(order.id)
    }
  }
  const total = orders.length
  const sums = []
  for (const order of orders) {
    sums.push(order.lines.length)
  }
  return { total, sums, orders }
}

function other(list) {
  return list.map((each) => {
    const doubled = each * 2
    return doubled
  })
}

class Stock {
  async read(id) {
    const row = await this.get(id)
    return row
  }
}
`
const lines = SOURCE.split('\n')
const lineOf = (text) => lines.findIndex((line) => line.includes(text)) + 1
let root

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'faults-place-'))
  writeFileSync(join(root, 'fault.mjs'), SOURCE)
})
afterAll(() => rmSync(root, { recursive: true }))

describe('the function around a line', () => {
  it('is found past blocks that are none', () => {
    expect(enclosingFunction(lines, lineOf('each line by itself'))).toEqual({
      from: lineOf('listOrders'),
      to: lineOf('return { total') + 1,
    })
  })

  it('is the innermost one: a callback, a method', () => {
    expect(enclosingFunction(lines, lineOf('const doubled')).from).toBe(lineOf('list.map'))
    expect(enclosingFunction(lines, lineOf('const row')).from).toBe(lineOf('async read'))
  })

  it('is null at the top level', () => {
    expect(enclosingFunction(lines, 1)).toBeNull()
  })
})

describe('a place', () => {
  const right = (location) =>
    isRightPlace({
      location,
      folder: root,
      root: join(root, '..'),
      file: 'fault.mjs',
      marker: '// each line by itself',
    })

  it('is right near the marker and anywhere in its function, whatever the path is relative to', () => {
    const name = root.split('/').at(-1)
    for (const file of [join(root, 'fault.mjs'), 'fault.mjs', `${name}/fault.mjs`]) {
      expect(right({ file, line: lineOf('pool.lines') })).toBe(true)
      expect(right({ file, line: lineOf('return { total') })).toBe(true)
    }
  })

  it('is wrong in another function, another file, and when there is none', () => {
    expect(right({ file: 'fault.mjs', line: lineOf('const doubled') })).toBe(false)
    expect(right({ file: 'fixed.mjs', line: lineOf('pool.lines') })).toBe(false)
    expect(right(null)).toBe(false)
  })
})
