// Accept header (RFC 9110, 12.5.1): ranges with quality and precedence, chosen against what an endpoint offers.

const MAX_RANGES = 64 // a header of 16 KiB could name thousands; real ones name fewer than ten
const IGNORED_PARAMETERS = new Set(['charset', 'escaping']) // say nothing about which of our formats is meant

export interface MediaOffer<T extends string> {
  readonly value: T
  /** Lower case, without parameters. */
  readonly type: string
  /** What a range that names this parameter must say. */
  readonly parameters?: Readonly<Record<string, string>>
}

interface MediaRange {
  type: string
  parameters: Record<string, string>
  quality: number
  position: number
}

interface Match {
  quality: number
  specificity: number
  position: number
}

/**
 * The offer the client likes best, `null` when it takes none. Equal quality: the more specific range, then the one it
 * named first, then our own order. No header, or an unreadable one, takes anything.
 */
export function negotiate<T extends string>(accept: string | undefined, offers: readonly MediaOffer<T>[]): T | null {
  const ranges = parseAccept(accept)
  let best: { value: T; match: Match } | null = null
  for (const { value, ...offer } of offers) {
    const match = bestRange(ranges, offer)
    if (match !== null && match.quality > 0 && (best === null || compare(match, best.match) > 0))
      best = { value, match }
  }
  return best === null ? null : best.value
}

/** Whether HTML is asked for by name: a browser does, `*` alone (curl) does not. */
export function namesHtml(accept: string | undefined): boolean {
  return accept !== undefined && parseAccept(accept).some((range) => range.type === 'text/html' && range.quality > 0)
}

export function parseAccept(accept: string | undefined): MediaRange[] {
  const ranges: MediaRange[] = []
  for (const element of splitOutsideQuotes(accept ?? '', ',').slice(0, MAX_RANGES)) {
    const range = parseRange(element, ranges.length)
    if (range !== null) ranges.push(range)
  }
  return ranges.length > 0 ? ranges : [{ type: '*/*', parameters: {}, quality: 1, position: 0 }]
}

function parseRange(element: string, position: number): MediaRange | null {
  const [name = '', ...rest] = splitOutsideQuotes(element, ';')
  const type = name.trim().toLowerCase()
  if (!/^(?:\*\/\*|[!#$&^_.+\w-]+\/(?:\*|[!#$&^_.+\w-]+))$/.test(type)) return null
  const parameters: Record<string, string> = {}
  for (const parameter of rest) {
    const equals = parameter.indexOf('=')
    if (equals === -1) continue
    const key = parameter.slice(0, equals).trim().toLowerCase()
    const value = unquote(parameter.slice(equals + 1).trim())
    if (key === 'q') {
      // what follows q is an extension of Accept, not a parameter of the type
      return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(value)
        ? { type, parameters, quality: Number(value), position }
        : null
    }
    if (!IGNORED_PARAMETERS.has(key)) parameters[key] = value.toLowerCase()
  }
  return { type, parameters, quality: 1, position }
}

/** The most specific range decides an offer's quality, also when a broader one is kinder. */
function bestRange(ranges: MediaRange[], offer: Omit<MediaOffer<string>, 'value'>): Match | null {
  let best: Match | null = null
  for (const range of ranges) {
    const specificity = specificityOf(range, offer)
    if (specificity === null || (best !== null && best.specificity >= specificity)) continue
    best = { quality: range.quality, specificity, position: range.position }
  }
  return best
}

function specificityOf(range: MediaRange, offer: Omit<MediaOffer<string>, 'value'>): number | null {
  if (range.type === '*/*') return 0
  if (range.type.endsWith('/*')) return offer.type.startsWith(range.type.slice(0, -1)) ? 1 : null
  if (range.type !== offer.type) return null
  const parameters = Object.entries(range.parameters)
  return parameters.every(([key, value]) => offer.parameters?.[key] === value) ? 2 + parameters.length : null
}

function compare(a: Match, b: Match): number {
  return a.quality - b.quality || a.specificity - b.specificity || b.position - a.position
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = []
  let start = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    if (quoted && text[i] === '\\') i++
    else if (text[i] === '"') quoted = !quoted
    else if (!quoted && text[i] === separator) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}

function unquote(value: string): string {
  return value.length >= 2 && value.startsWith('"') && value.endsWith('"')
    ? value.slice(1, -1).replace(/\\(.)/g, '$1')
    : value
}
