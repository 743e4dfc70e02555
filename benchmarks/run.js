// The command: measures, keeps the figures as JSON in results/, prints them, and with --write renews docs/overhead.md.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { measureAccuracy } from './accuracy/measure.js'
import { measureEndpoints } from './endpoints/measure.js'
import { measureHttp } from './http/measure.js'
import { measureIdle } from './idle/measure.js'
import { missingFigures } from './lib/check.js'
import { chooseCores, describeMachine } from './lib/machine.js'
import { runOnNodes } from './lib/nodes.js'
import { readOptions } from './lib/options.js'
import { renderPage, renderResult } from './lib/page.js'
import { readNewestResults, writeResult } from './lib/results.js'
import { FULL, SHORT } from './lib/sizes.js'
import { measureMemory } from './memory/measure.js'
import { measureMicro } from './micro/measure.js'
import { measureSample } from './sample/measure.js'

const RESULTS = fileURLToPath(new URL('results/', import.meta.url))
const PAGE = new URL('../docs/overhead.md', import.meta.url)

/** By name, in this order: those of `PARTS`. */
const MEASURES = {
  http: measureHttp,
  micro: measureMicro,
  sample: measureSample,
  idle: measureIdle,
  endpoints: measureEndpoints,
  memory: measureMemory,
  accuracy: measureAccuracy,
}

const options = readOptions(process.argv.slice(2))
if (options.nodes === undefined) await run(options)
else {
  const failed = await runOnNodes({ versions: options.nodes, file: process.argv[1], args: options.argsOfEachNode })
  for (const version of failed) console.error(`failed on Node ${version}`)
  if (failed.length > 0) process.exitCode = 1
}

async function run({ write, ...asked }) {
  const result = await measure(asked)
  writeResult(RESULTS, result)
  console.log(renderResult(result))

  const missing = missingFigures(result)
  for (const figure of missing) console.error(`no figure: ${figure}`)
  if (missing.length > 0) process.exitCode = 1
  else if (write) writeFileSync(PAGE, renderPage(readNewestResults(RESULTS, result.version)))
}

async function measure({ short, only, rounds, frameworks, contenders, profile }) {
  const sizes = short ? SHORT : FULL
  const cores = chooseCores()
  const common = { cores, onProgress: (text) => console.error(text) }
  const ofHttp = { frameworks, names: contenders, nodeArgs: profile ? profileArgs() : [] }
  const measured = {
    version: JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')).version,
    kind: short ? 'short' : 'full',
    date: new Date().toISOString(),
    machine: { ...describeMachine(), isPinned: cores !== null },
    tookSeconds: {},
  }
  for (const [part, measurePart] of Object.entries(MEASURES)) {
    if (!only.includes(part)) continue
    const startedMs = performance.now()
    const own = part === 'http' ? { ...ofHttp, rounds: rounds ?? sizes.http.rounds } : {}
    measured[part] = await measurePart({ ...sizes[part], ...common, ...own })
    measured.tookSeconds[part] = Math.round((performance.now() - startedMs) / 1000)
    common.onProgress(`${part}: took ${measured.tookSeconds[part]} s`)
  }
  measured.machine.loadAverageAfter = describeMachine().loadAverage
  return measured
}

/** A CPU profile of each contender's server, for the DevTools of any Chromium. */
function profileArgs() {
  const directory = `${RESULTS}profiles`
  mkdirSync(directory, { recursive: true })
  return ['--cpu-prof', `--cpu-prof-dir=${directory}`]
}
