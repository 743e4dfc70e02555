// What a field takes: each check says what it expected, or nothing.

const MAX_SHOWN_LENGTH = 40 // enough to recognise what was given
const MAX_COMPARED_LENGTH = 60 // the edit distance of longer names costs time, and they are nobody's typo

/** `null` when the value fits, otherwise what the field takes. */
export type Check = (value: unknown) => string | null

export const aBoolean: Check = (value) => (typeof value === 'boolean' ? null : 'true or false')

export const aText: Check = (value) => (typeof value === 'string' && value.trim() !== '' ? null : 'a non-empty string')

export function anInteger(min: number, max: number, unit: string): Check {
  return (value) =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max
      ? null
      : `an integer from ${min} to ${max} (${unit})`
}

export function aNumber(min: number, max: number, unit: string): Check {
  return (value) =>
    typeof value === 'number' && value >= min && value <= max ? null : `a number from ${min} to ${max} (${unit})`
}

export function anObjectWith(methods: readonly string[], what: string): Check {
  return (value) =>
    isObject(value) && methods.every((method) => typeof value[method] === 'function')
      ? null
      : `${what} with the methods ${methods.join(', ')}`
}

export const aFunction: Check = (value) => (typeof value === 'function' ? null : 'a function')

export const aPath: Check = (value) =>
  typeof value === 'string' && /^(\/[A-Za-z0-9._~-]+)+$/.test(value)
    ? null
    : 'a path such as "/perf": a slash before every segment, none at the end, letters, digits and - . _ ~ only'

export const anAuth: Check = (value) => {
  if (value === false || typeof value === 'function') return null
  if (isObject(value)) {
    const keys = Object.keys(value).sort().join()
    if (keys === 'token' && aText(value.token) === null) return null
    if (keys === 'password,username' && aText(value.username) === null && aText(value.password) === null) {
      return (value.username as string).includes(':') ? 'a username without a colon (HTTP Basic)' : null
    }
  }
  return 'false, { token }, { username, password } (non-empty strings) or a function'
}

export const anIgnore: Check = (value) => {
  const list = Array.isArray(value) ? value : [value]
  return list.every((item) => typeof item === 'string' || item instanceof RegExp || typeof item === 'function')
    ? null
    : 'a string, a RegExp, a function, or an array of these'
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value as the message shows it: short, and never a secret's content (objects are shown by their keys). */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(cut(value))
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (isObject(value)) return `an object with {${Object.keys(value).slice(0, 5).map(cut).join(', ')}}`
  return cut(String(value))
}

/** A name or a value as a message can take it, whatever its length. */
export function cut(text: string): string {
  return text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}…` : text
}

/** The known name nearest to a mistyped one (its beginning, or at most a third of it edited), or `null`. */
export function nearest(name: string, known: readonly string[]): string | null {
  const given = name.slice(0, MAX_COMPARED_LENGTH).toLowerCase()
  let best: string | null = null
  let bestDistance = Math.max(2, Math.floor(given.length / 3)) + 1
  for (const candidate of known) {
    const other = candidate.toLowerCase()
    const distance = given.length > 3 && other.startsWith(given) ? 1 : editDistance(given, other)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      row.push(
        Math.min(
          (previous[j] as number) + 1,
          (row[j - 1] as number) + 1,
          (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1),
        ),
      )
    }
    previous = row
  }
  return previous[b.length] as number
}
