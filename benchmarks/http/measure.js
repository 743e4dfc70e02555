// Rounds of pairs: each contender beside a bare app of its own, in fresh processes, window against window.
import { startChild } from '../lib/child.js'
import { comparePairs } from '../lib/statistics.js'
import { FRAMEWORKS } from './frameworks.js'
import { WORKLOADS } from './workloads.js'

const SERVER = new URL('server.js', import.meta.url)
const LOAD = new URL('load.js', import.meta.url)

/**
 * @param {object} options
 * @param {number} options.rounds of fresh processes
 * @param {number} options.pairsPerRound windows of each, bare and contender first by turns
 * @param {number} options.warmupRequests per server and workload, so that the code is compiled
 * @param {number} options.requestsPerWindow
 * @param {{ server: number, load: number } | null} options.cores
 * @param {string[]} [options.frameworks] all of them when left out
 * @param {string[]} [options.names] contenders; all of them when left out
 * @param {string[]} [options.nodeArgs] for the contenders' servers, e.g. `--cpu-prof`
 * @param {(text: string) => void} options.onProgress
 */
export async function measureHttp(options) {
  const { rounds, requestsPerWindow } = options
  const frameworks = []
  for (const { name, title, contenders } of FRAMEWORKS) {
    if (!isAsked(name, options.frameworks)) continue
    const asked = contenders.filter((contender) => isAsked(contender.name, options.names))
    if (asked.length === 0) continue
    frameworks.push({ name, title, contenders: await measureFramework(name, asked, options) })
  }
  return { rounds, requestsPerWindow, frameworks }
}

function isAsked(name, names) {
  return names === undefined || names.includes(name)
}

async function measureFramework(framework, contenders, options) {
  const pairs = new Map(contenders.map(({ name }) => [name, WORKLOADS.map(() => [])]))
  for (let round = 0; round < options.rounds; round++) {
    // who comes first changes, so that nobody always gets the machine as another left it
    for (let i = 0; i < contenders.length; i++) {
      const { name } = contenders[(i + round) % contenders.length]
      options.onProgress(`http: ${framework}, round ${round + 1} of ${options.rounds}, ${name}`)
      const found = await measureRound({ ...options, framework, name })
      for (const [workload, workloadPairs] of pairs.get(name).entries()) workloadPairs.push(...found[workload])
    }
  }
  return contenders.map(({ name, title }) => ({
    name,
    title,
    workloads: WORKLOADS.map((workload, i) => ({ ...workload, ...compareWindows(pairs.get(name)[i]) })),
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

async function measureRound(options) {
  const { framework, name, pairsPerRound, warmupRequests, requestsPerWindow, cores, nodeArgs } = options
  const load = startChild({ url: LOAD, core: cores?.load })
  const bare = new MeasuredServer({ framework, name: 'bare', load, core: cores?.server })
  const contender = new MeasuredServer({ framework, name, load, core: cores?.server, nodeArgs })
  try {
    for (const server of [bare, contender]) {
      for (const { path } of WORKLOADS) await server.window(path, warmupRequests)
    }
    const found = []
    for (const { path } of WORKLOADS) {
      const pairs = []
      for (let i = 0; i < pairsPerRound; i++) {
        const windows = new Map()
        for (const server of i % 2 === 0 ? [bare, contender] : [contender, bare]) {
          windows.set(server, await server.window(path, requestsPerWindow))
        }
        pairs.push({ bare: windows.get(bare), contender: windows.get(contender) })
      }
      found.push(pairs)
    }
    await contender.checkCount()
    return found
  } finally {
    await Promise.all([load, bare, contender].map((child) => child.stop()))
  }
}

class MeasuredServer {
  #name
  #child
  #load
  #sent = 0

  constructor({ framework, name, load, core, nodeArgs }) {
    this.#name = `${framework} ${name}`
    this.#load = load
    this.#child = startChild({ url: SERVER, args: [framework, name], core, nodeArgs })
  }

  async window(path, requests) {
    const port = await this.#child.ask('port')
    const before = await this.#child.ask('mark')
    const { succeeded, failed, elapsedMs } = await this.#load.ask('run', { port, path, requests })
    const after = await this.#child.ask('mark')
    this.#sent += requests
    if (succeeded !== requests || failed !== 0) {
      throw new Error(`${this.#name} answered ${succeeded} of ${requests} requests to ${path}, ${failed} failed`)
    }
    return {
      cpuMicrosecondsPerRequest: (after.cpuMicroseconds - before.cpuMicroseconds) / requests,
      requestsPerSecond: (requests / elapsedMs) * 1000,
    }
  }

  /** What did not count every request has no figure. */
  async checkCount() {
    const counted = await this.#child.ask('count')
    if (counted !== null && counted !== this.#sent) {
      throw new Error(`${this.#name} counted ${counted} of ${this.#sent} requests`)
    }
  }

  stop() {
    return this.#child.stop()
  }
}
