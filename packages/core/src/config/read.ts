// Reads what the app gave: a plain object, an instance of a class, whatever has the fields. Each is read once, so that a getter
// cannot answer the check with one value and the monitor with another.
import { errorText } from '../guard.js'
import { type Check, cut, isObject, nearest, shown } from './checks.js'

const MAX_UNKNOWN_NAMES = 20 // who passed the wrong object sees it from these

/** The known fields that `given` has, own or inherited, into a plain object. What does not fit is one line each in `faults`. */
export function readObject(
  given: unknown,
  fields: Record<string, Check>,
  section: string,
  faults: string[],
): Record<string, unknown> {
  const values: Record<string, unknown> = Object.create(null) // a field that was not given must not be found on a prototype
  if (given === undefined) return values
  const prefix = section === '' ? '' : `${section}.`
  const what = section === '' ? 'the configuration' : `\`${section}\``
  collect(what, faults, () => {
    if (!isObject(given)) {
      faults.push(`${what} must be an object, got ${shown(given)}`)
      return
    }
    for (const [name, check] of Object.entries(fields)) {
      collect(`\`${prefix}${name}\``, faults, () => {
        const value = readValue(given, name)
        if (value === undefined) return
        values[name] = value
        addFault(value, check, `${prefix}${name}`, faults)
      })
    }
    addUnknown(given, Object.keys(fields), prefix, faults)
  })
  return values
}

/** An option that is itself a small object (its own fields are copied), or anything else as it is. */
export function readOwn(given: unknown, check: Check, name: string, faults: string[]): unknown {
  let value = given
  collect(`\`${name}\``, faults, () => {
    if (given === undefined) return
    value = isObject(given) ? Object.freeze({ ...given }) : given
    addFault(value, check, name, faults)
  })
  return value
}

function addFault(value: unknown, check: Check, name: string, faults: string[]): void {
  const expected = check(value)
  if (expected !== null) faults.push(`\`${name}\` must be ${expected}, got ${shown(value)}`)
}

function collect(what: string, faults: string[], read: () => void): void {
  try {
    read()
  } catch (error) {
    faults.push(`${what} cannot be read: ${errorText(error)}`)
  }
}

/** What somebody put on `Object.prototype` configures nothing: a polluted `auth: false` would open the endpoints. */
function readValue(given: Record<string, unknown>, name: string): unknown {
  const value = given[name]
  const isPolluted = Object.hasOwn(Object.prototype, name) && !Object.hasOwn(given, name)
  return isPolluted && value === Reflect.get(Object.prototype, name) ? undefined : value
}

function addUnknown(given: object, known: readonly string[], prefix: string, faults: string[]): void {
  const own = Object.keys(given).filter((name) => !known.includes(name))
  const unknown = [...new Set([...own, ...inheritedUnknown(given, known)])]
  for (const name of unknown.slice(0, MAX_UNKNOWN_NAMES)) {
    const meant = nearest(name, known)
    faults.push(`\`${prefix}${cut(name)}\` is unknown${meant === null ? '' : `: did you mean \`${prefix}${meant}\`?`}`)
  }
  const more = unknown.length - MAX_UNKNOWN_NAMES
  if (more > 0) faults.push(`${more} more names${prefix === '' ? '' : ` in \`${prefix.slice(0, -1)}\``} are unknown`)
}

/** Inherited values, and whatever else looks like a typo: a class may have helpers of its own. */
function inheritedUnknown(given: object, known: readonly string[]): string[] {
  const names: string[] = []
  for (let at = Object.getPrototypeOf(given); at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, { enumerable, value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (known.includes(name)) continue
      if ((enumerable && typeof value !== 'function') || nearest(name, known) !== null) names.push(name)
    }
  }
  return names
}
