import { parseArgs } from 'node:util'
import { FRAMEWORKS } from '../http/frameworks.js'
import { readList, readRounds } from '../lib/options.js'

const PARTS = ['http', 'micro']

/** @throws when an option makes no sense */
export function readCompareOptions(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      short: { type: 'boolean', default: false },
      only: { type: 'string' },
      frameworks: { type: 'string' },
      rounds: { type: 'string' },
    },
  })
  if (positionals.length !== 1) throw new Error('usage: npm run bench:compare -- <git ref | npm version> [--rounds 5]')
  return {
    earlier: positionals[0],
    short: values.short,
    only: readList('only', values.only, PARTS) ?? PARTS,
    frameworks: readList(
      'frameworks',
      values.frameworks,
      FRAMEWORKS.map(({ name }) => name),
    ),
    rounds: readRounds(values.rounds),
  }
}
