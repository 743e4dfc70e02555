import type { IgnoreMatcher } from '../types/config.js'

/** Whether one of the matchers takes the request; `null` when there are none, so that callers can skip the question. */
export function requestMatcher(
  matchers: readonly IgnoreMatcher[],
): ((request: { method?: string; url?: string }) => boolean) | null {
  if (matchers.length === 0) return null
  const tests = matchers.map(matcherTest)
  return ({ method = '', url = '' }) => {
    const queryAt = url.indexOf('?')
    const path = queryAt === -1 ? url : url.slice(0, queryAt)
    return tests.some((test) => test(method, path))
  }
}

function matcherTest(matcher: IgnoreMatcher): (method: string, path: string) => boolean {
  if (typeof matcher === 'function') return (method, path) => Boolean(matcher({ method, path })) // truthy counts, as with any predicate: `path.match(…)`
  if (matcher instanceof RegExp) {
    const stateless = new RegExp(matcher.source, matcher.flags.replace(/[gy]/g, '')) // lastIndex would skip every other request
    return (_method, path) => stateless.test(path)
  }
  if (matcher.endsWith('*')) {
    const prefix = matcher.slice(0, -1)
    return (_method, path) => path.startsWith(prefix)
  }
  return (_method, path) => path === matcher
}
