// Rounds of pairs: each contender beside a bare app of its own, in fresh processes, window against window.
import { comparePairs } from '../lib/statistics.js'
import { FRAMEWORKS, pairingsOf } from './frameworks.js'
import { measureRound } from './round.js'
import { WORKLOADS } from './workloads.js'

const SERVER = new URL('server.js', import.meta.url)

/**
 * @param {object} options
 * @param {number} options.rounds of fresh processes
 * @param {number} options.pairsPerRound windows of each, bare and contender first by turns
 * @param {number} options.warmupRequests per server and workload, so that the code is compiled: on Node 24 it takes 6000 until windows get no cheaper
 * @param {number} options.requestsPerWindow of a whole one
 * @param {{ server: number, load: number } | null} options.cores
 * @param {string[]} [options.frameworks] all of them when left out
 * @param {string[]} [options.names] contenders and comparisons; all of them when left out
 * @param {string[]} [options.nodeArgs] for the contenders' servers, e.g. `--cpu-prof`
 * @param {(text: string) => void} options.onProgress
 */
export async function measureHttp(options) {
  const { rounds, warmupRequests, requestsPerWindow } = options
  const frameworks = []
  for (const framework of FRAMEWORKS) {
    if (!isAsked(framework.name, options.frameworks)) continue
    const asked = pairingsOf(framework).filter(({ name }) => isAsked(name, options.names))
    if (asked.length > 0) frameworks.push(await measureFramework(framework, asked, options))
  }
  return { rounds, warmupRequests, requestsPerWindow, frameworks }
}

function isAsked(name, names) {
  return names === undefined || names.includes(name)
}

async function measureFramework({ name, title, windowShare, contenders }, pairings, options) {
  const sides = ({ contender, partner }) => ({
    partner: { label: `${name} ${partner}`, url: SERVER, args: [name, partner] },
    contender: { label: `${name} ${contender}`, url: SERVER, args: [name, contender], nodeArgs: options.nodeArgs },
  })
  const rows = await measurePairings(
    pairings.map((pairing) => ({
      ...pairing,
      windowShare: windowShare * (pairing.windowShare ?? 1),
      label: `${name}, ${pairing.name}`,
      sides: sides(pairing),
    })),
    options,
  )
  const isContender = (row) => contenders.some((contender) => contender.name === row.name)
  return {
    name,
    title,
    contenders: rows.filter(isContender),
    comparisons: rows.filter((row) => !isContender(row)),
  }
}

/**
 * @param {{ name: string, title: string, label: string, windowShare: number, sides: object }[]} pairings `sides`: as `measureRound` takes them
 * @param {object} options as of `measureHttp`
 */
export async function measurePairings(pairings, options) {
  const found = new Map(
    pairings.map(({ name }) => [name, { windows: WORKLOADS.map(() => []), warmups: [], ownProfiles: 0 }]),
  )
  for (let round = 0; round < options.rounds; round++) {
    // who comes first changes, so that nobody always gets the machine as another left it
    for (let i = 0; i < pairings.length; i++) {
      const { name, label, sides, windowShare } = pairings[(i + round) % pairings.length]
      options.onProgress(`http: round ${round + 1} of ${options.rounds}, ${label}`)
      const { windows, warmup, ownProfiles } = await measureRound({ ...options, ...sides, windowShare })
      const all = found.get(name)
      all.ownProfiles += ownProfiles
      all.warmups.push(warmup)
      for (const [workload, pairs] of windows.entries()) all.windows[workload].push(...pairs)
    }
  }
  return pairings.map(({ name, title }) => ({
    name,
    title,
    ownProfiles: found.get(name).ownProfiles,
    warmupCpuMs: comparePairs(found.get(name).warmups),
    workloads: WORKLOADS.map((workload, i) => ({ ...workload, ...compareWindows(found.get(name).windows[i]) })),
  }))
}

function compareWindows(pairs) {
  const compare = (figure) => comparePairs(pairs.map(({ bare, contender }) => figureOf(figure, bare, contender)))
  return {
    cpuMicrosecondsPerRequest: compare('cpuMicrosecondsPerRequest'),
    requestsPerSecond: compare('requestsPerSecond'),
    pairs,
  }
}

function figureOf(name, bare, contender) {
  return { bare: bare[name], contender: contender[name] }
}
