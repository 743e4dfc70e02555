import { startPages } from './render.mjs'

const KEYWORDS = [
  'const',
  'let',
  'return',
  'function',
  'if',
  'else',
  'for',
  'while',
  'load',
  'import',
  'export',
  'await',
]
const ANY = new RegExp(`\\b(?:${KEYWORDS.join('|')})\\b`, 'g')

export default function start(given) {
  return startPages(given, { highlight })
}

function highlight(line) {
  return line.replace(ANY, '<b><i><em>$&</em></i></b>')
}
