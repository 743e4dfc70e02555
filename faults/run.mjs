// Runs apps with known faults, their repaired twins and healthy apps that look odd, and says how far the diagnosis is right.
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readCatalog } from './lib/catalog.mjs'
import { examine } from './lib/examine.mjs'
import { readOptions } from './lib/options.mjs'
import { predictionText, tableOf, writeConditions, writeTable } from './lib/table.mjs'

const PAGE = join(dirname(fileURLToPath(import.meta.url)), '..', 'docs', 'diagnosis.md')
const SHORT_JOBS = 3 // the short form's apps mostly wait: three at a time do not disturb each other
const SHORT_SECONDS = 30 // enough for what needs no profile
const FULL_PERCENT = 90 // of the host's CPU: times of such a run say little

const given = readOptions(process.argv.slice(2))
const options = { ...given, seconds: given.seconds ?? (given.short ? SHORT_SECONDS : null) }
const apps = readCatalog({ only: options.only }).filter(({ note }) => !options.short || note.short)
const results = await inTurn(apps, options.jobs ?? (options.short ? SHORT_JOBS : 1))
console.log(`\n${tableOf(results)}\n`)
if (options.json !== null) writeFileSync(options.json, JSON.stringify(results, null, 2))
if (options.write) {
  if (options.load === 1 && options.beside === 0) writeTable(PAGE, tableOf(results))
  else writeConditions(PAGE, options, results)
}
const mustRun = process.env.PERF_REAL_SERVERS === '1'
process.exitCode = results.some((result) => result.shortcomings.length > 0 || (mustRun && result.skipped)) ? 1 : 0

async function inTurn(list, jobs) {
  const waiting = [...list]
  const done = []
  const worker = async () => {
    for (let app = waiting.shift(); app !== undefined; app = waiting.shift()) {
      const result = await examine(app, options)
      done.push(result)
      say(result)
    }
  }
  await Promise.all(Array.from({ length: jobs }, worker))
  return list.map(({ name }) => done.find((result) => result.name === name))
}

function say({ name, skipped, error, shortcomings, prediction = null, machine }) {
  if (skipped !== undefined) console.log(`–  ${name}: ${skipped}`)
  else if (error !== undefined) console.log(`✗  ${name}: ${error}`)
  else {
    const isFull = machine.cpuUsagePercent > FULL_PERCENT
    const promise = `${prediction === null ? '' : `  [${predictionText(prediction)}]`}${isFull ? `  (machine at ${machine.cpuUsagePercent.toFixed(0)} % CPU)` : ''}`
    console.log(shortcomings.length === 0 ? `✓  ${name}${promise}` : `✗  ${name}: ${shortcomings.join('; ')}${promise}`)
  }
}
