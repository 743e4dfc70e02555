import { describe, expect, it } from 'vitest'
import type { FlameNode } from '../../../core/src/types/metrics.js'
import { boxesOf, chainOf, shareOf } from '../../src/ui/flame.js'

function node(name: string, self: number, children: FlameNode[] = []): FlameNode {
  const total = self + children.reduce((sum, child) => sum + child.total, 0)
  return { name, file: null, line: null, owner: 'app', self, total, children }
}

describe('boxesOf', () => {
  it('puts children below their caller, side by side, as wide as their share', () => {
    const root = node('root', 0, [node('a', 25, [node('b', 25)]), node('c', 50)])
    expect(
      boxesOf(root).map(({ node: { name }, depth, leftPercent, widthPercent }) => [
        name,
        depth,
        leftPercent,
        widthPercent,
      ]),
    ).toEqual([
      ['root', 0, 0, 100],
      ['a', 1, 0, 50],
      ['c', 1, 50, 50],
      ['b', 2, 0, 25],
    ])
  })

  it('leaves out what nobody could see, and stays bounded', () => {
    expect(boxesOf(node('root', 0, [node('dust', 1), node('all', 9999)])).map(({ node: { name } }) => name)).toEqual([
      'root',
      'all',
    ])
    let deep = node('leaf', 1)
    for (let n = 0; n < 10_000; n++) deep = node(`caller ${n}`, 0, [deep])
    expect(boxesOf(deep).length).toBe(3000)
    expect(boxesOf(node('nothing', 0)).length).toBe(1)
  })
})

describe('shareOf', () => {
  it('counts a path once, however often it matches', () => {
    const root = node('root', 10, [node('parse', 10, [node('parse', 20)]), node('other', 60)])
    expect(shareOf(root, ({ name }) => name === 'parse')).toBeCloseTo(0.3)
    expect(shareOf(node('empty', 0), () => true)).toBe(0)
  })
})

describe('chainOf', () => {
  it('is the way from what fills the width down to the box', () => {
    const boxes = boxesOf(node('root', 0, [node('a', 25, [node('b', 25)]), node('c', 50)]))
    expect(
      boxes.map((box) =>
        chainOf(box)
          .map(({ name }) => name)
          .join(' > '),
      ),
    ).toEqual(['root', 'root > a', 'root > c', 'root > a > b'])
  })
})
