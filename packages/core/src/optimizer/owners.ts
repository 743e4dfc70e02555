// Whom a place works for, where its own profile does not say (V8 does not tell whose an allocation is): by a CPU profile that met the
// same function, else by the handler on its stack.
import type { Captures } from '../types/captures.js'
import type { SourceLocation } from '../types/findings.js'
import type { MetricsWindow } from '../types/window.js'
import type { NamedOperation } from './calls.js'
import { isSameFunction, type Place, profiled } from './profiled.js'

const OWN_SHARE = 0.6 // of what a place took in one operation: then it is that operation's

/** `null` where it is not known, or where several share it. */
export function ownerOf(place: Place, of: { window: MetricsWindow; captures: Captures }): NamedOperation | null {
  return mainOperation(place) ?? byCpu(place, of.captures) ?? byHandler(place, of)
}

function mainOperation({ operations, self }: Place): NamedOperation | null {
  const [first] = operations
  if (first === undefined || first.self < OWN_SHARE * self) return null
  return { component: first.component, operation: first.operation }
}

/** The innermost function of the place's stack that a CPU profile knows, or one that such a function called. */
function byCpu({ location, stack }: Place, captures: Captures): NamedOperation | null {
  const cpu = profiled(captures, 'cpu')
  if (cpu === null) return null
  for (const frame of [location, ...stack]) {
    const sums = new Map<string, { component: string; operation: string; self: number }>()
    let all = 0
    for (const place of cpu.places) {
      if (!isOnStack(place, frame)) continue
      all += place.self
      for (const { component, operation, self } of place.operations) {
        const key = JSON.stringify([component, operation])
        const known = sums.get(key) ?? { component, operation, self: 0 }
        known.self += self
        sums.set(key, known)
      }
    }
    const [first] = [...sums.values()].sort((a, b) => b.self - a.self)
    if (first !== undefined && first.self >= OWN_SHARE * all) {
      return { component: first.component, operation: first.operation }
    }
  }
  return null
}

function isOnStack(place: Place, frame: SourceLocation): boolean {
  return isSameFunction(place.location, frame) || place.stack.some((each) => isSameFunction(each, frame))
}

/** The route whose handler is on the stack. */
function byHandler(
  { location, stack }: Place,
  { window, captures }: { window: MetricsWindow; captures: Captures },
): NamedOperation | null {
  const frames = [location, ...stack]
  for (const route of window.operations) {
    if (route.component !== 'http') continue
    for (const child of route.children) {
      const defined = child.component === 'handler' ? captures.definition(child) : null
      if (defined !== null && frames.some((frame) => isSameFunction(frame, defined))) {
        return { component: route.component, operation: route.operation }
      }
    }
  }
  return null
}
