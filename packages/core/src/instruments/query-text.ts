// A query as an operation's name: every value becomes `?`, lists and rows of values become one, comments and extra space go.
// One pass, left to right; what is not closed is taken for a value up to the end, so that no value is ever shown.

export type Dialect = 'postgres' | 'mysql' | 'sqlite'

const MAX_NAME_LENGTH = 300 // enough to tell queries apart, and short enough for a table and a metric's label
const MAX_SCANNED = 20_000 // characters: bulk inserts reach megabytes; this many take about a millisecond

const NUMBER = /0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y
const DIGIT_WORD = /\d+[a-zA-Z_$][\w$]*/y // MySQL allows names such as 2fa_codes
const PARAMETER = /\$\d+|\?\d*/y
const NAMED_PARAMETER = /[:@$][a-zA-Z_]\w*/y // SQLite
const DOLLAR_TAG = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy
const LITERAL_PREFIX = /^(?:[enxb]|_\w+)$/i // E'..', N'..', X'..', B'..', _utf8mb4'..'
const BEFORE_SIGN = /^(?:[=<>(,[+*/%|]|select|and|or|between|limit|offset|then|else|when|set|return|values|like|by)$/i
const SUBQUERY = /^[\s(]*(?:select|with|values|table)\b/i
const SUBQUERY_WITHIN = 40 // characters behind the parenthesis: more space than that is nobody's style

/** Never empty, at most 300 characters. */
export function normalizeQuery(text: string, dialect: Dialect): string {
  const writer = new Writer()
  const end = Math.min(text.length, MAX_SCANNED)
  const source = end === text.length ? text : text.slice(0, end)
  let at = 0
  while (at < end && !writer.isFull) at = scanOne(source, at, dialect, writer)
  return writer.finish(at < text.length)
}

/** Reads one token, or space, or a comment, from `at`; returns where the next one begins. */
function scanOne(text: string, at: number, dialect: Dialect, writer: Writer): number {
  const code = text.charCodeAt(at)
  if (isSpace(code)) return writer.space(at + 1)
  if (isWordStart(code)) return scanWord(text, at, { dialect, writer })
  const char = text[at] as string
  if (char === '-' || char === '/' || char === '#') {
    const afterComment = skipComment(text, at, dialect)
    if (afterComment !== at) return writer.space(afterComment)
  }
  if (char === "'") return writer.value(closeOf(text, at, "'", dialect === 'mysql'))
  if (char === '"' && dialect === 'mysql') return writer.value(closeOf(text, at, '"', true))
  if (char === '"' || (char === '`' && dialect !== 'postgres')) return scanQuotedName(text, at, char, writer)
  if (char === '$' && dialect === 'postgres') {
    const tag = match(DOLLAR_TAG, text, at)
    if (tag !== null) {
      const close = text.indexOf(tag, at + tag.length)
      return writer.value(close === -1 ? text.length : close + tag.length)
    }
  }
  if (char === '?' || char === '$') {
    const parameter = match(PARAMETER, text, at)
    if (parameter !== null) return writer.value(at + parameter.length)
  }
  if (dialect === 'sqlite' && (char === ':' || char === '@' || char === '$')) {
    const parameter = match(NAMED_PARAMETER, text, at)
    if (parameter !== null) return writer.value(at + parameter.length)
  }
  if ((char >= '0' && char <= '9') || char === '.') {
    const after = scanNumber(text, at, dialect, writer)
    if (after !== at) return after
  }
  return scanPunctuation(text, at, char, writer)
}

function scanQuotedName(text: string, at: number, quote: string, writer: Writer): number {
  const close = closeOf(text, at, quote, false)
  const isClosed = close - at >= 2 && text[close - 1] === quote
  if (!isClosed) return writer.value(close)
  writer.token(text.slice(at, close))
  return close
}

function scanNumber(text: string, at: number, dialect: Dialect, writer: Writer): number {
  const number = match(NUMBER, text, at)
  if (number === null || (number[0] === '.' && writer.endsInName)) return at
  if (dialect === 'mysql') {
    const name = match(DIGIT_WORD, text, at)
    if (name !== null && name.length > number.length) {
      writer.token(name)
      return at + name.length
    }
  }
  writer.dropSign()
  return writer.value(at + number.length)
}

function scanWord(text: string, at: number, { dialect, writer }: { dialect: Dialect; writer: Writer }): number {
  let after = at + 1
  while (isWordPart(text.charCodeAt(after))) after++
  const word = text.slice(at, after)
  if (text[after] === "'" && LITERAL_PREFIX.test(word)) {
    const escapes = dialect === 'mysql' || word === 'e' || word === 'E'
    return writer.value(closeOf(text, after, "'", escapes))
  }
  if ((word === 'U' || word === 'u') && text.startsWith("&'", after)) {
    return writer.value(closeOf(text, after + 1, "'", false))
  }
  writer.token(word)
  return after
}

function scanPunctuation(text: string, at: number, char: string, writer: Writer): number {
  if (char === '(') writer.open(text, at + 1)
  else if (char === ')') writer.close()
  else if (char !== ';' || at + 1 < text.length) writer.token(char)
  return at + 1
}

/** Behind a comment that begins at `at`, or `at`. Only PostgreSQL nests them; MySQL wants space after `--`. */
function skipComment(text: string, at: number, dialect: Dialect): number {
  if (text.startsWith('--', at)) {
    const isComment = dialect !== 'mysql' || at + 2 >= text.length || isSpace(text.charCodeAt(at + 2))
    return isComment ? endOfLine(text, at) : at
  }
  if (text[at] === '#' && dialect === 'mysql') return endOfLine(text, at)
  if (!text.startsWith('/*', at)) return at
  let depth = 1
  let next = at + 2
  while (depth > 0) {
    const close = text.indexOf('*/', next)
    if (close === -1) return text.length
    const open = dialect === 'postgres' ? text.indexOf('/*', next) : -1
    const nests = open !== -1 && open < close
    depth += nests ? 1 : -1
    next = (nests ? open : close) + 2
  }
  return next
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end + 1
}

/** Behind the closing quote; a doubled quote is one of the content; the end of the text when it is never closed. */
function closeOf(text: string, at: number, quote: string, escapes: boolean): number {
  let next = at + 1
  for (;;) {
    const close = text.indexOf(quote, next)
    if (close === -1) return text.length
    if (escapes && isEscaped(text, next, close)) next = close + 1
    else if (text[close + 1] === quote) next = close + 2
    else return close + 1
  }
}

/** Whether an odd number of backslashes stands before `at`. */
function isEscaped(text: string, from: number, at: number): boolean {
  let first = at
  while (first > from && text[first - 1] === '\\') first--
  return (at - first) % 2 === 1
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 0xa0 || code === 0xfeff
}

/** Letters and `_`; everything beyond ASCII may stand in a name. */
function isWordStart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || (code > 127 && !isSpace(code))
}

function isWordPart(code: number): boolean {
  return isWordStart(code) || (code >= 48 && code <= 57) || code === 36
}

function match(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? null
}

/** Takes tokens and folds lists: `IN (…)` and further rows of `VALUES` are read, but not written. */
class Writer {
  readonly #tokens: string[] = []
  #length = 0
  #isSpaced = false
  #depth = 0
  /** Depth within what is being left out; 0 when everything is written. */
  #muted = 0
  /** Depth at which rows of VALUES stand, once the first was opened; -1 otherwise. */
  #rowsDepth = -1

  get isFull(): boolean {
    return this.#length > MAX_NAME_LENGTH
  }

  get endsInName(): boolean {
    const last = this.#last(0)
    return !this.#isSpaced && last !== undefined && /[\p{L}\p{N}_$"`)\]]$/u.test(last)
  }

  space(next: number): number {
    this.#isSpaced = true
    return next
  }

  value(next: number): number {
    const continues = this.#depth > 0 && this.#last(0) === ',' && this.#last(1) === '?'
    if (this.#muted > 0) this.#isSpaced = false
    else if (continues) this.#pop()
    else this.token('?')
    return next
  }

  token(token: string): void {
    if (this.#muted > 0) return
    const spaced = this.#isSpaced && this.#tokens.length > 0
    this.#isSpaced = false
    if (spaced) this.#push(' ')
    this.#push(token)
    if (token === '[') this.#depth++
    else if (token === ']') this.#depth = Math.max(0, this.#depth - 1)
  }

  /** An opening parenthesis; what stands behind it tells a subquery from a list. */
  open(text: string, next: number): void {
    if (this.#muted > 0) {
      this.#muted++
      return
    }
    const isFurtherRow = this.#rowsDepth === this.#depth && this.#last(0) === ',' && this.#last(1) === ')'
    const last = this.#last(0)?.toLowerCase()
    if (isFurtherRow) {
      this.#pop()
      this.#muted = 1
      return
    }
    if (last === 'values') this.#rowsDepth = this.#depth
    this.token('(')
    this.#depth++
    if (last === 'in' && !SUBQUERY.test(text.slice(next, next + SUBQUERY_WITHIN))) {
      this.#push('?')
      this.#muted = 1
      this.#depth--
    }
  }

  close(): void {
    if (this.#muted > 1) this.#muted--
    else if (this.#muted === 1) {
      this.#muted = 0
      this.#isSpaced = false
      if (this.#last(0) === '?') this.#push(')')
    } else {
      this.#depth = Math.max(0, this.#depth - 1)
      this.token(')')
      if (this.#depth < this.#rowsDepth) this.#rowsDepth = -1
    }
  }

  /** `= -5` is a value, `a - 5` is not. */
  dropSign(): void {
    const sign = this.#last(0)
    if ((sign !== '-' && sign !== '+') || this.#isSpaced || this.#muted > 0) return
    const before = this.#last(1)
    if (before !== undefined && BEFORE_SIGN.test(before)) this.#dropLast()
  }

  finish(isCut: boolean): string {
    if (this.#muted > 0 && this.#last(0) === '?') this.#push(')')
    const [first] = this.#tokens
    if (first !== undefined && /^(?:savepoint|release|rollback)$/i.test(first)) this.#hideSavepoint()
    let name = this.#tokens.join('').replace(/[;\s]+$/, '')
    if (name.length > MAX_NAME_LENGTH) {
      // never half of a surrogate pair
      const cut = name.slice(0, MAX_NAME_LENGTH - 1)
      name = `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`
    } else if (isCut) name = `${name.slice(0, MAX_NAME_LENGTH - 1)}…`
    return name === '' ? '(empty)' : name
  }

  /** Query builders number their savepoints. */
  #hideSavepoint(): void {
    const words = this.#tokens.filter((token) => token !== ' ' && token !== ';')
    const last = words.at(-1) as string
    const names = /^rollback$/i.test(words[0] as string) ? words.some((word) => /^to$/i.test(word)) : words.length > 1
    if (names && words.length > 1 && !/^(?:to|savepoint)$/i.test(last)) {
      this.#tokens[this.#tokens.lastIndexOf(last)] = '?'
    }
  }

  /** The last tokens, spaces not counted. */
  #last(back: number): string | undefined {
    let left = back
    for (let i = this.#tokens.length - 1; i >= 0; i--) {
      if (this.#tokens[i] === ' ') continue
      if (left-- === 0) return this.#tokens[i]
    }
    return undefined
  }

  #push(token: string): void {
    this.#tokens.push(token)
    this.#length += token.length
  }

  /** Takes a comma back, and the space around it. */
  #pop(): void {
    this.#dropLast()
    while (this.#tokens.at(-1) === ' ') this.#tokens.pop()
    this.#isSpaced = false
  }

  #dropLast(): void {
    while (this.#tokens.at(-1) === ' ') this.#tokens.pop()
    const dropped = this.#tokens.pop()
    this.#length -= dropped?.length ?? 0
  }
}
