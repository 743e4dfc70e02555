// Holds the documentation to the code: options and defaults, error codes, rules, dependencies, links. Needs a build.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const core = (path) => import(join(root, 'packages/core/dist', path))
const read = (path) => readFileSync(join(root, path), 'utf8')
const faults = []

function expectSame(what, documented, actual) {
  const missing = actual.filter((name) => !documented.includes(name))
  const extra = documented.filter((name) => !actual.includes(name))
  if (missing.length > 0) faults.push(`${what}: not documented: ${missing.join(', ')}`)
  if (extra.length > 0) faults.push(`${what}: documented, but not in the code: ${extra.join(', ')}`)
}

/** First and second cells of the table rows whose first cell is code, below each `##` heading (the part before is ''). */
function tables(path) {
  const found = new Map()
  let heading = ''
  for (const line of read(path).split('\n')) {
    heading = line.match(/^## `?(.+?)`?$/)?.[1] ?? heading
    const row = line.match(/^\| `([^`]+)` \| (.+?) \|/)
    if (row === null) continue
    if (!found.has(heading)) found.set(heading, new Map())
    found.get(heading).set(row[1], row[2])
  }
  return found
}

// options: names and defaults
const { CONFIG_FIELD_NAMES } = await core('config/resolve.js')
const defaults = await core('config/defaults.js')
const options = tables('docs/configuration.md')
const documented = [...options].flatMap(([section, rows]) =>
  [...rows.keys()].map((name) => (section === '' || section === 'Configuration' ? name : `${section}.${name}`)),
)
expectSame('docs/configuration.md', documented, [...CONFIG_FIELD_NAMES])
for (const [section, values] of [
  ['', defaults.DEFAULTS],
  ['alertThresholds', defaults.DEFAULT_THRESHOLDS],
  ['alerts', defaults.DEFAULT_ALERTS],
  ['optimizer', defaults.DEFAULT_OPTIMIZER],
  ['history', defaults.DEFAULT_HISTORY],
  ['limits', defaults.DEFAULT_LIMITS],
  ['instruments', defaults.DEFAULT_INSTRUMENTS],
]) {
  for (const [name, value] of Object.entries(values)) {
    const shown = options.get(section)?.get(name)
    if (shown !== `\`${value}\``)
      faults.push(`docs/configuration.md: default of ${section} ${name} is ${value}, not ${shown}`)
  }
}

// error codes
const { ERROR_CODES, HTTP_ERROR_CODES } = await core('errors.js')
const errors = tables('docs/errors.md')
const thrown = errors.get('Thrown by the packages')
expectSame('docs/errors.md, thrown', [...thrown.keys()], Object.keys(ERROR_CODES))
for (const [code, text] of Object.entries(ERROR_CODES)) {
  if (thrown.get(code) !== text) faults.push(`docs/errors.md: ${code} reads "${thrown.get(code)}" instead of "${text}"`)
}
const answered = [...errors.get('Answered by the endpoints')].map(([code, status]) => `${code} ${status}`)
expectSame(
  'docs/errors.md, answered',
  answered,
  Object.entries(HTTP_ERROR_CODES).map(([code, status]) => `${code} ${status}`),
)

// optimizer and alert rules
const { optimizerRules } = await core('optimizer/rules.js')
const { builtInRules } = await core('alerts/built-in-rules.js')
const diagnosis = [...read('docs/diagnosis.md').matchAll(/^### `(.+?)`$/gm)].map((match) => match[1])
expectSame(
  'docs/diagnosis.md',
  diagnosis,
  optimizerRules().map(({ name }) => name),
)
const alertDocs = [...(tables('docs/alerts.md').get('Rules')?.keys() ?? [])]
const alertRules = builtInRules({ thresholds: defaults.DEFAULT_THRESHOLDS, minimumCount: 20, stallThresholdMs: 100 })
expectSame(
  'docs/alerts.md',
  alertDocs,
  alertRules.map(({ name }) => name),
)

// dependencies of what is published
const packages = readdirSync(join(root, 'packages')).map((name) => JSON.parse(read(`packages/${name}/package.json`)))
const published = packages.filter(({ private: hidden }) => hidden !== true)
const own = new Set(packages.map(({ name }) => name))
const needed = new Set(
  published.flatMap(({ dependencies = {} }) => Object.keys(dependencies)).filter((name) => !own.has(name)),
)
expectSame('docs/dependencies.md', [...(tables('docs/dependencies.md').get('') ?? new Map()).keys()], [...needed])

// links between the pages
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'examples/README.md']
pages.push(
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
)
pages.push(
  ...readdirSync(join(root, 'packages'))
    .map((name) => `packages/${name}/README.md`)
    .filter((path) => existsSync(join(root, path))),
)
for (const page of pages) {
  for (const [, target] of read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g)) {
    if (!existsSync(resolve(root, dirname(page), target))) faults.push(`${page}: ${target} is not there`)
  }
}

for (const fault of faults) console.error(fault)
console.log(`docs: ${pages.length} pages, ${faults.length} faults`)
process.exitCode = faults.length > 0 ? 1 : 0
