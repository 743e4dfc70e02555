// The command `npm run bench:compare -- <git ref | npm version>`: the working tree against an earlier version.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { compare } from './compare/compare.js'
import { readCompareOptions } from './compare/options.js'
import { renderComparison } from './compare/report.js'
import { missingFigures } from './lib/check.js'
import { writeResult } from './lib/results.js'
import { FULL, SHORT } from './lib/sizes.js'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const RESULTS = fileURLToPath(new URL('results/', import.meta.url))

const { earlier, short, rounds, only, frameworks } = readCompareOptions(process.argv.slice(2))
const { http, micro } = short ? SHORT : FULL
const withRounds = (sizes) => ({ ...sizes, rounds: rounds ?? sizes.rounds })
const result = await compare(earlier, {
  root: ROOT,
  now: describeWorkingTree(),
  only,
  frameworks,
  http: withRounds(http),
  micro: withRounds(micro),
  onProgress: (text) => console.error(text),
})
writeResult(RESULTS, result)
console.log(renderComparison(result))
const missing = missingFigures(result)
for (const figure of missing) console.error(`no figure: ${figure}`)
if (missing.length > 0) process.exitCode = 1

function describeWorkingTree() {
  const git = (...args) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim()
  const isChanged = git('status', '--porcelain', '--untracked-files=no', '--', 'packages') !== ''
  return `the working tree (${git('rev-parse', '--short', 'HEAD')}${isChanged ? ' and changes' : ''})`
}
