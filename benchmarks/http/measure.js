// Rounds of pairs: each contender beside a bare app of its own, in fresh processes, window against window.
import { startChild } from '../lib/child.js'
import { comparePairs } from '../lib/statistics.js'
import { CONTENDERS } from './contenders.js'
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
 * @param {string[]} [options.names] contenders; all of them when left out
 * @param {string[]} [options.nodeArgs] for the contenders' servers, e.g. `--cpu-prof`
 * @param {(text: string) => void} options.onProgress
 */
export async function measureHttp(options) {
  const contenders = CONTENDERS.filter(({ name }) => options.names === undefined || options.names.includes(name))
  const pairs = new Map(contenders.map(({ name }) => [name, WORKLOADS.map(() => [])]))
  for (let round = 0; round < options.rounds; round++) {
    // who comes first changes, so that nobody always gets the machine as another left it
    for (let i = 0; i < contenders.length; i++) {
      const { name } = contenders[(i + round) % contenders.length]
      options.onProgress(`http: round ${round + 1} of ${options.rounds}, ${name}`)
      const found = await measureRound(name, options)
      for (const [workload, workloadPairs] of pairs.get(name).entries()) workloadPairs.push(...found[workload])
    }
  }
  return {
    rounds: options.rounds,
    requestsPerWindow: options.requestsPerWindow,
    contenders: contenders.map(({ name, title }) => ({
      name,
      title,
      workloads: WORKLOADS.map((workload, i) => ({ ...workload, ...compareWindows(pairs.get(name)[i]) })),
    })),
  }
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

async function measureRound(name, { pairsPerRound, warmupRequests, requestsPerWindow, cores, nodeArgs }) {
  const load = startChild({ url: LOAD, core: cores?.load })
  const bare = new MeasuredServer({ name: 'bare', load, core: cores?.server })
  const contender = new MeasuredServer({ name, load, core: cores?.server, nodeArgs })
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

  constructor({ name, load, core, nodeArgs }) {
    this.#name = name
    this.#load = load
    this.#child = startChild({ url: SERVER, args: [name], core, nodeArgs })
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
