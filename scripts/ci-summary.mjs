// The closing lines of `.ci/run`: tests of all suites and Node versions, and the steps that are no test suites. What failed is told
// again here, with its message: the end is what is left of a long log.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

const MAX_MESSAGE_LINES = 12

const [folder, stepsPassed, ...failedSteps] = process.argv.slice(2)
let passed = Number(stepsPassed)
let failed = failedSteps.length
let skipped = 0
const complaints = failedSteps.map((name) => `FAILED step: ${name}`)
for (const name of readdirSync(folder).filter((file) => file.endsWith('.json'))) {
  const report = JSON.parse(readFileSync(join(folder, name), 'utf8'))
  passed += report.numPassedTests
  failed += report.numFailedTests
  skipped += report.numPendingTests + report.numTodoTests
  for (const file of report.testResults ?? []) complaints.push(...complaintsOf(file, name))
}
if (complaints.length > 0) console.log(`${complaints.join('\n')}\n`)
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)

function complaintsOf(file, suite) {
  const path = relative(process.cwd(), file.name)
  const tests = file.assertionResults
    .filter((test) => test.status === 'failed')
    .map((test) => `FAILED ${path} > ${test.fullName} (${suite})\n${shortened(test.failureMessages.join('\n'))}`)
  // a file that could not be loaded has no tests
  return file.status === 'failed' && tests.length === 0
    ? [`FAILED ${path} (${suite})\n${shortened(file.message ?? '')}`]
    : tests
}

function shortened(text) {
  return text
    .split('\n')
    .slice(0, MAX_MESSAGE_LINES)
    .map((line) => `    ${line.slice(0, 300)}`)
    .join('\n')
}
