import { describe, expect, it } from 'vitest'
import { requestMatcher } from '../../src/config/matcher.js'
import type { IgnoreMatcher } from '../../src/types/config.js'

function matches(matcher: IgnoreMatcher, url: string): boolean | undefined {
  return requestMatcher([matcher])?.({ method: 'GET', url })
}

describe('requestMatcher', () => {
  it('is null without matchers, so that callers can skip the question', () => {
    expect(requestMatcher([])).toBeNull()
  })

  it.each<[string, IgnoreMatcher, string, boolean]>([
    ['a path', '/health', '/health?x=1', true],
    ['another path', '/health', '/healthy', false],
    ['a prefix', '/static/*', '/static/a.js', true],
    ['a RegExp with state, twice', /h/g, '/h', true],
    ['a predicate', ({ method, path }) => method === 'GET' && path === '/a', '/a?b', true],
    ['a predicate that says no', () => false, '/a', false],
  ])('takes %s', (_what, matcher, url, expected) => {
    expect(matches(matcher, url)).toBe(expected)
    expect(matches(matcher, url)).toBe(expected)
  })

  it('counts what is truthy as a match, as any predicate does', () => {
    const predicate = (({ path }: { path: string }) => path.match(/^\/h/)) as unknown as IgnoreMatcher
    expect(matches(predicate, '/health')).toBe(true)
    expect(matches(predicate, '/orders')).toBe(false)
  })
})
