// Names, messages and evidence come from outside: none may end a cell, start a tag, a link or a heading.

// with the marks that turn the direction of writing: they would make a name read as another one
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu
const PUNCTUATION = /[\\`*_{}[\]|#~$!]/g
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '@': '&#64;' }
const LIST_START = /^(?:[-+=]|\d+[.)](?=\s|$))/
// GitHub links bare addresses and mentions people without any markup
const AUTOLINK = /:\/\/|\bwww\./gi

/** Text that reads as itself, in a table cell as well as in a paragraph. */
export function escapeMarkdown(text: string): string {
  return (
    text
      .replace(CONTROLS, ' ')
      .trim()
      .replace(PUNCTUATION, '\\$&')
      .replace(LIST_START, (start) => start.replace(/.$/, '\\$&'))
      // after the punctuation: these bring a `#` of their own
      .replace(/[&<>@]/g, (char) => ENTITIES[char] ?? char)
      .replace(AUTOLINK, (address) => address.replace(/[:.]/, (char) => `&#${char.charCodeAt(0)};`))
  )
}

/** Alignment by header: a trailing `>` is a column of figures. Cells are already escaped. */
export function* tableLines(
  headers: readonly string[],
  rows: Iterable<readonly string[]>,
): Generator<string, void, undefined> {
  yield tableLine(headers.map((header) => header.replace(/>$/, '')))
  yield tableLine(headers.map((header) => (header.endsWith('>') ? '---:' : '---')))
  for (const row of rows) yield tableLine(row)
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`
}
