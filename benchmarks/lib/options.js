import { parseArgs } from 'node:util'
import { CONTENDERS } from '../http/contenders.js'

export const PARTS = ['http', 'micro', 'idle']

/** @throws when an option makes no sense, or none with another */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      short: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      only: { type: 'string' },
      contenders: { type: 'string' },
      rounds: { type: 'string' },
    },
  })
  const only = readList('only', values.only, PARTS) ?? PARTS
  const known = CONTENDERS.map(({ name }) => name)
  const contenders = readList('contenders', values.contenders, known)
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds)
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) {
    throw new Error(`--rounds takes a whole number from 1 on, got ${values.rounds}`)
  }
  if (
    values.write &&
    (values.short || values.profile || values.only !== undefined || values.contenders !== undefined)
  ) {
    throw new Error('--write needs the whole benchmark: leave out --short, --profile, --only and --contenders')
  }
  return { ...values, only, contenders, rounds }
}

function readList(option, value, known) {
  if (value === undefined) return undefined
  const names = value.split(',')
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new Error(`--${option} takes some of ${known.join(',')}, got ${unknown.join(',')}`)
  return names
}
