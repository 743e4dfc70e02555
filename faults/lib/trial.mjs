// One run of one variant of an app: started, asked for things for as long as it takes, and then its report is read, once, as a user would.
import { setTimeout as wait } from 'node:timers/promises'
import { startChild } from '../../scripts/child-process.mjs'
import { freePort } from '../../tests/servers/server-process.mjs'
import { besideTraffic } from './beside.mjs'
import { DEFAULT_SECONDS, fileOf } from './catalog.mjs'
import { limitCpu } from './cgroup.mjs'
import { startServices } from './services.mjs'

const HOST_FILE = new URL('host.mjs', import.meta.url).pathname
const LOAD_FILE = new URL('load.mjs', import.meta.url).pathname
const SEED = 20_261_123
const READ_LIMIT_MS = 30_000

/** @returns {{ report: object, history: object, health: object, load: object[], printed: string }} */
export async function runTrial(app, variant, { load = 1, beside = 0, seconds = null } = {}) {
  const { note } = app
  const { services, wrapper, stop } = await startServices(app, variant)
  const server = startChild({
    file: HOST_FILE,
    args: [fileOf(app, variant)],
    nodeArgs: note.nodeArgs,
    wrapper,
    env: note.env,
    cwd: app.folder,
  })
  const users = startChild({ file: LOAD_FILE })
  let unlimit = () => {}
  try {
    const cores = note.cpuLimitCores?.[variant] ?? note.cpuLimitCores
    if (typeof cores === 'number') unlimit = limitCpu(server.pid, cores)
    const { url } = await server.ask('start', {
      monitorConfig: { serviceName: app.name, ...note.monitorConfig },
      port: await freePort(),
      services,
      besideCount: beside,
      variant,
    })
    const traffic = [...note.traffic, ...besideTraffic(beside)]
    await users.ask('start', { url, traffic, factor: load, seed: SEED })
    await wait((seconds ?? note.durationSeconds ?? DEFAULT_SECONDS) * 1000)
    const report = await read(`${url}/perf/report?format=json`)
    const history = await read(`${url}/perf/history`)
    const health = await read(`${url}/perf/health`)
    return { report, history, health, load: await users.ask('stop'), printed: server.printed() }
  } finally {
    await users.stop()
    await server.stop()
    unlimit()
    await stop()
  }
}

async function read(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(READ_LIMIT_MS) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${text.slice(0, 300)}`)
  return JSON.parse(text)
}
