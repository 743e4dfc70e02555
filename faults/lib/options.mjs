import { parseArgs } from 'node:util'

/** @throws when an option makes no sense, or none with another */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      short: { type: 'boolean', default: false },
      load: { type: 'string', default: '1' },
      beside: { type: 'string', default: '0' },
      jobs: { type: 'string' },
      seconds: { type: 'string' },
      'no-twin': { type: 'boolean', default: false },
      json: { type: 'string' },
      reports: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  })
  const options = {
    only: values.only?.split(',') ?? null,
    short: values.short,
    load: number('load', values.load, { above: 0 }),
    beside: number('beside', values.beside, { whole: true }),
    jobs: values.jobs === undefined ? null : number('jobs', values.jobs, { above: 0, whole: true }),
    seconds: values.seconds === undefined ? null : number('seconds', values.seconds, { above: 0 }),
    twin: !values['no-twin'],
    json: values.json ?? null,
    reports: values.reports ?? null,
    write: values.write,
  }
  const isUsual = options.load === 1 && options.beside === 0
  const isWhole = !options.short && options.only === null && options.seconds === null
  if (options.write && !(isWhole && (options.twin || !isUsual))) {
    throw new Error(
      '--write needs the whole suite: leave out --short, --only, --seconds, and --no-twin with the usual load',
    )
  }
  return options
}

function number(name, text, { above = -1, whole = false }) {
  const value = Number(text)
  if (text !== '' && value > above && (whole ? Number.isInteger(value) : Number.isFinite(value))) return value
  throw new Error(`--${name} takes a ${whole ? 'whole ' : ''}number${above === 0 ? ' above 0' : ''}, got ${text}`)
}
