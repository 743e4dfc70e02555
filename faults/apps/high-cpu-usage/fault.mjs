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

export default function start(given) {
  return startPages(given, { highlight })
}

function highlight(line) {
  let html = line
  for (const keyword of KEYWORDS) {
    for (const tag of ['b', 'i', 'em']) {
      html = html.replace(new RegExp(`\\b${keyword}\\b(?![^<]*>)`, 'g'), `<${tag}>${keyword}</${tag}>`) // compiled anew for each line
    }
  }
  return html
}
