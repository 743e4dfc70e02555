import { parseArgs } from 'node:util'
import { FRAMEWORKS, pairingsOf } from '../http/frameworks.js'

export const PARTS = ['http', 'micro', 'sample', 'idle', 'endpoints', 'memory', 'accuracy']

const VERSION = /^\d+(\.\d+){0,2}$/

/** @throws when an option makes no sense, or none with another */
export function readOptions(args) {
  const { values, tokens } = parseArgs({
    args,
    tokens: true,
    options: {
      short: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      only: { type: 'string' },
      frameworks: { type: 'string' },
      contenders: { type: 'string' },
      rounds: { type: 'string' },
      nodes: { type: 'string' },
    },
  })
  const only = readList('only', values.only, PARTS) ?? PARTS
  const frameworks = readList('frameworks', values.frameworks, namesOf(FRAMEWORKS))
  const known = [...new Set(FRAMEWORKS.flatMap((framework) => namesOf(pairingsOf(framework))))]
  const contenders = readList('contenders', values.contenders, known)
  const rounds = readRounds(values.rounds)
  const isPart = [values.only, values.frameworks, values.contenders].some((value) => value !== undefined)
  if (values.write && (values.short || values.profile || isPart)) {
    throw new Error(
      '--write needs the whole benchmark: leave out --short, --profile, --only, --frameworks and --contenders',
    )
  }
  const nodes = values.nodes?.split(',')
  const wrong = nodes?.find((version) => !VERSION.test(version))
  if (wrong !== undefined) throw new Error(`--nodes takes versions such as 20,24, got ${wrong}`)
  return { ...values, only, frameworks, contenders, rounds, nodes, argsOfEachNode: without('nodes', args, tokens) }
}

function without(name, args, tokens) {
  const dropped = tokens
    .filter((token) => token.name === name)
    .flatMap(({ index, inlineValue }) => (inlineValue ? [index] : [index, index + 1]))
  return args.filter((_, index) => !dropped.includes(index))
}

function namesOf(list) {
  return list.map(({ name }) => name)
}

export function readRounds(value) {
  if (value === undefined) return undefined
  const rounds = Number(value)
  if (!(Number.isInteger(rounds) && rounds > 0))
    throw new Error(`--rounds takes a whole number from 1 on, got ${value}`)
  return rounds
}

/** @throws when one is not known */
export function readList(option, value, known) {
  if (value === undefined) return undefined
  const names = value.split(',')
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new Error(`--${option} takes some of ${known.join(',')}, got ${unknown.join(',')}`)
  return names
}
