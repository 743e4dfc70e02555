// Mounts of routers that do not keep what they were registered with, read back.
import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { mountPattern } from '../src/patterns.js'
import type { Layer, Router } from '../src/router-shapes.js'
import { describeEachExpress } from './kit/express-versions.js'

const require = createRequire(import.meta.url)

function patternOf(express: { Router(): unknown }, mount: unknown, path: string): string {
  const router = express.Router() as Router & { use(mount: unknown, handle: () => void): void }
  router.use(mount, () => {})
  const pattern = mountPattern(router.stack[0] as Layer)
  return typeof pattern === 'string' ? pattern : pattern(path)
}

describeEachExpress(({ express, major }) => {
  const plain: [mount: unknown, path: string, pattern: string][] = [
    ['/', '/', ''],
    ['/api', '/api', '/api'],
    ['/api/', '/api', '/api'],
    ['/a.b/c-d', '/a.b/c-d', '/a.b/c-d'],
    ['/:a', '/1', '/:a'],
    ['/users/:uid/orders', '/users/users/orders', '/users/:uid/orders'],
    ['/:a/:b', '/1/1', '/:a/:b'],
    ['/:from-:to', '/a-b-c', '/:from-:to'],
    ['/v:major.:minor', '/v1.2', '/v:major.:minor'],
    ['/:a/x/:b', '/x/x/x', '/:a/x/:b'],
    ['/:id', '/%2Fa%20', '/:id'],
    [['/one', '/two/:x'], '/one', '/one'],
    [['/one', '/two/:x'], '/two/one', '/two/:x'],
  ]
  it.each(plain)('%s', (mount, path, pattern) => {
    expect(patternOf(express, mount, path)).toBe(pattern)
  })

  const special: [mount: unknown, path: string, pattern: string][] =
    major === 4
      ? [
          ['/:a?', '/', '/:a?'],
          ['/x/:a?/y', '/x/y', '/x/:a?/y'],
          ['/:a(\\d+)', '/1', '/:a(\\d+)'],
          ['/:a(one|two)/b', '/one/b', '/:a(one|two)/b'],
          ['/*/b', '/x/y/b', '/*/b'],
          [['/:a/*', '/b/:b'], '/b/1', '/:a/*'],
          [['/c/:a', '/b/:b'], '/b/1', '/b/:b'],
          [/^\/v(\d+)/, '/v1', '/^\\/v(\\d+)/'],
          ['/a+b', '/aab', '/^\\/a+b\\/?(?=\\/|$)/i'],
        ]
      : [
          ['/*rest', '/a/b', '/*rest'],
          ['/x/*rest/y', '/x/a/b/y', '/x/*rest/y'],
        ]
  it.each(special)('%s', (mount, path, pattern) => {
    expect(patternOf(express, mount, path)).toBe(pattern)
  })
})

describe.each(['router-2-0', 'router-2-2'])('%s, by asking its matchers', (name) => {
  const router = { Router: require(name) as () => unknown }

  it('an optional group is named by what was there', () => {
    expect(patternOf(router, '/a{/:b}/c', '/a/c')).toBe('/a/c')
    expect(patternOf(router, '/a{/:b}/c', '/a/1/c')).toBe('/a/:b/c')
  })

  it('a RegExp, and a path too long to ask about, have no name', () => {
    expect(patternOf(router, /^\/v(\d+)/, '/v1')).toBe('/(pattern)')
    expect(patternOf(router, '/:a', `/${'x'.repeat(300)}`)).toBe('/(pattern)')
  })
})
