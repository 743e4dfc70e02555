// How figures are written in tables of Markdown.
const BYTES_PER_MEGABYTE = 1e6

/** @param {string[]} head @param {string[][]} rows */
export function table(head, rows) {
  return [row(head), `|${'---|'.repeat(head.length)}`, ...rows.map(row)].join('\n')
}

export function row(cells) {
  return `| ${cells.join(' | ')} |`
}

/** The middle half of a spread. */
export function between({ q1, q3 }, digits) {
  return `${fixed(q1, digits)} to ${fixed(q3, digits)}`
}

/** All of a spread. */
export function range({ min, max }, digits) {
  return `${fixed(min, digits)} to ${fixed(max, digits)}`
}

export function fixed(value, digits) {
  return value === null ? 'not measured' : value.toFixed(digits)
}

export function megabytes(bytes) {
  return bytes === null ? 'not measured' : fixed(bytes / BYTES_PER_MEGABYTE, 1)
}
