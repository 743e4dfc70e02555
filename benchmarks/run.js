// The command: measures, keeps the figures as JSON in results/, prints them, and with --write renews docs/overhead.md.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { measureAccuracy } from './accuracy/measure.js'
import { measureEndpoints } from './endpoints/measure.js'
import { measureHttp } from './http/measure.js'
import { measureIdle } from './idle/measure.js'
import { missingFigures } from './lib/check.js'
import { chooseCores, describeMachine } from './lib/machine.js'
import { readOptions } from './lib/options.js'
import { renderPage, renderResult } from './lib/page.js'
import { readNewestResults, writeResult } from './lib/results.js'
import { measureMicro } from './micro/measure.js'

const RESULTS = fileURLToPath(new URL('results/', import.meta.url))
const PAGE = new URL('../docs/overhead.md', import.meta.url)

/** About twenty minutes. A window of 4000 requests is about a second of a core that does nothing else. */
const FULL = {
  http: { rounds: 5, pairsPerRound: 2, warmupRequests: 4000, requestsPerWindow: 4000 },
  micro: { rounds: 5, pairsPerRound: 5, warmupMs: 400, windowMs: 50 },
  idle: { pairs: 4, settleMs: 10_000, windowMs: 60_000 },
  endpoints: { sizes: [100, 1000, 10_000], historySeconds: 3600, rounds: 5 },
  accuracy: { count: 1_000_000 },
}
/** A minute: shows that everything runs; the figures are rough. */
const SHORT = {
  http: { rounds: 1, pairsPerRound: 1, warmupRequests: 300, requestsPerWindow: 400 },
  micro: { rounds: 1, pairsPerRound: 3, warmupMs: 40, windowMs: 20 },
  idle: { pairs: 1, settleMs: 1000, windowMs: 3000 },
  endpoints: { sizes: [100], historySeconds: 120, rounds: 1 },
  accuracy: { count: 20_000 },
}

const options = readOptions(process.argv.slice(2))
const result = await measure(options)
writeResult(RESULTS, result)
console.log(renderResult(result))

const missing = missingFigures(result)
for (const figure of missing) console.error(`no figure: ${figure}`)
if (missing.length > 0) process.exitCode = 1
else if (options.write) writeFileSync(PAGE, renderPage(readNewestResults(RESULTS, result.version)))

async function measure({ short, only, rounds, frameworks, contenders, profile }) {
  const { http, micro, idle, endpoints, accuracy } = short ? SHORT : FULL
  const cores = chooseCores()
  const common = { cores, onProgress: (text) => console.error(text) }
  const measured = {
    version: JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')).version,
    kind: short ? 'short' : 'full',
    date: new Date().toISOString(),
    machine: { ...describeMachine(), isPinned: cores !== null },
  }
  if (only.includes('http')) {
    const nodeArgs = profile ? profileArgs() : []
    measured.http = await measureHttp({
      ...http,
      ...common,
      rounds: rounds ?? http.rounds,
      frameworks,
      names: contenders,
      nodeArgs,
    })
  }
  if (only.includes('micro')) measured.micro = await measureMicro({ ...micro, ...common })
  if (only.includes('idle')) measured.idle = await measureIdle({ ...idle, ...common })
  if (only.includes('endpoints')) measured.endpoints = await measureEndpoints({ ...endpoints, ...common })
  if (only.includes('accuracy')) measured.accuracy = await measureAccuracy({ ...accuracy, ...common })
  measured.machine.loadAverageAfter = describeMachine().loadAverage
  return measured
}

/** A CPU profile of each contender's server, for the DevTools of any Chromium. */
function profileArgs() {
  const directory = `${RESULTS}profiles`
  mkdirSync(directory, { recursive: true })
  return ['--cpu-prof', `--cpu-prof-dir=${directory}`]
}
