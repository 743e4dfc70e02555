// One round: two servers started anew, warmed up, and their windows by turns.
import { startChild } from '../lib/child.js'
import { WORKLOADS } from './workloads.js'

const LOAD = new URL('load.js', import.meta.url)
const WARMUP_TURNS = 4 // of each workload: what V8 compiled for one alone it compiles anew for both

/**
 * @typedef {object} Side
 * @property {string} label
 * @property {URL} url of its `server.js`
 * @property {string[]} args framework and contender
 * @property {string[]} [nodeArgs]
 */

/**
 * @param {object} options as of `measureHttp`, and
 * @param {Side} options.partner
 * @param {Side} options.contender
 * @param {number} options.windowShare of the requests of a whole window
 * @returns pairs by workload, CPU ms of both for warming up, and how many CPU profiles perf-monitor took in these processes without being asked
 */
export async function measureRound(options) {
  const { pairsPerRound, cores, windowShare } = options
  const requestsPerWindow = Math.ceil(options.requestsPerWindow * windowShare)
  const load = startChild({ url: LOAD, core: cores?.load })
  const partner = new MeasuredServer(options.partner, load, cores?.server)
  const contender = new MeasuredServer(options.contender, load, cores?.server)
  try {
    const warmup = { bare: await partner.warmUp(options), contender: await contender.warmUp(options) }
    const windows = []
    for (const { path } of WORKLOADS) {
      const pairs = []
      for (let i = 0; i < pairsPerRound; i++) {
        const found = new Map()
        for (const server of i % 2 === 0 ? [partner, contender] : [contender, partner]) {
          found.set(server, await server.window(path, requestsPerWindow))
        }
        pairs.push({ bare: found.get(partner), contender: found.get(contender) })
      }
      windows.push(pairs)
    }
    await partner.check()
    await contender.check()
    return { windows, warmup, ownProfiles: (await partner.ownProfiles()) + (await contender.ownProfiles()) }
  } finally {
    await Promise.all([load, partner, contender].map((child) => child.stop()))
  }
}

class MeasuredServer {
  #label
  #child
  #load
  #sent = 0
  #asked = 0

  constructor({ label, url, args, nodeArgs }, load, core) {
    this.#label = label
    this.#load = load
    this.#child = startChild({ url, args, core, nodeArgs })
  }

  /** As many requests for all: what is dear is compiled no sooner. @returns CPU ms */
  async warmUp({ warmupRequests }) {
    const requests = Math.ceil(warmupRequests / WARMUP_TURNS)
    let cpuMs = 0
    for (let turn = 0; turn < WARMUP_TURNS; turn++) {
      for (const { path } of WORKLOADS) {
        const { cpuMicrosecondsPerRequest } = await this.window(path, requests)
        cpuMs += (cpuMicrosecondsPerRequest * requests) / 1000
      }
    }
    return cpuMs
  }

  async window(path, requests) {
    const port = await this.#child.ask('port')
    this.#asked += await this.#child.ask('prepare')
    const before = await this.#child.ask('mark')
    const { succeeded, failed, elapsedMs } = await this.#load.ask('run', { port, path, requests })
    const after = await this.#child.ask('mark')
    this.#sent += requests
    if (succeeded !== requests || failed !== 0) {
      throw new Error(`${this.#label} answered ${succeeded} of ${requests} requests to ${path}, ${failed} failed`)
    }
    return {
      cpuMicrosecondsPerRequest: (after.cpuMicroseconds - before.cpuMicroseconds) / requests,
      requestsPerSecond: (requests / elapsedMs) * 1000,
    }
  }

  /** What did not count every request has no figure, nor what does not measure at all. */
  async check() {
    const counted = await this.#child.ask('count')
    if (counted !== null && counted !== this.#sent) {
      throw new Error(`${this.#label} counted ${counted} of ${this.#sent} requests`)
    }
    if (!(await this.#child.ask('active'))) throw new Error(`${this.#label} measured nothing`)
  }

  async ownProfiles() {
    return (await this.#child.ask('profiles')) - this.#asked
  }

  stop() {
    return this.#child.stop()
  }
}
