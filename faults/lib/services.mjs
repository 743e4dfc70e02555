// What apps need beside themselves: a database of their own on a real server, a service that they call, a disk.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { startChild } from '../../scripts/child-process.mjs'
import { postgresMissing, startPostgres } from '../../tests/servers/postgres.mjs'
import { redisMissing, startRedis } from '../../tests/servers/redis.mjs'
import { freePort } from '../../tests/servers/server-process.mjs'
import { cgroupMissing } from './cgroup.mjs'
import { diskMissing, makeDisk } from './disk.mjs'
import { startRelay } from './relay.mjs'

const HOST_FILE = new URL('host.mjs', import.meta.url).pathname

/** Why the app cannot run here; `null` when it can. */
export function missingFor(note) {
  const needs = note.needs ?? []
  const reasons = [
    needs.includes('postgres') ? postgresMissing() : null,
    needs.includes('redis') ? redisMissing() : null,
    note.cpuLimitCores === undefined ? null : cgroupMissing(),
    note.diskMiB === undefined ? null : diskMissing(),
  ]
  return reasons.find((reason) => reason !== null) ?? null
}

/**
 * Servers are started for one run of one app and end with it: nothing of one run is left for the next.
 * `wrapper`: what the app's process has to be started by.
 */
export async function startServices(app, variant) {
  const running = []
  const services = {}
  const wrapper = []
  const stop = async () => {
    for (const { stop } of running.reverse()) await stop()
  }
  try {
    if (app.note.needs?.includes('postgres')) {
      const server = await startPostgres()
      running.push(server)
      await ready(server.url)
      services.postgres = await behindNetwork(server, app.note, running)
    }
    if (app.note.needs?.includes('redis')) {
      const server = await startRedis()
      running.push(server)
      services.redis = await behindNetwork(server, app.note, running)
    }
    if (app.note.diskMiB !== undefined) {
      const disk = makeDisk({ mebibytes: app.note.diskMiB })
      running.push(disk)
      wrapper.push(...disk.wrapper)
      services.disk = { folder: disk.folder }
    }
    const upstream = join(app.folder, 'upstream.mjs')
    if (existsSync(upstream)) {
      const child = startChild({ file: HOST_FILE, args: [upstream], cwd: app.folder })
      running.push(child)
      services.upstream = await child.ask('start', { port: await freePort(), services: {}, besideCount: 0, variant })
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { services, wrapper, stop }
}

async function behindNetwork({ url, port }, { networkDelayMs }, running) {
  if (networkDelayMs === undefined) return { url, port }
  const relay = await startRelay({ port, delayMs: networkDelayMs })
  running.push(relay)
  return { url: url.replace(`:${port}`, `:${relay.port}`), port: relay.port }
}

async function ready(url) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('SELECT 1')
  await client.end()
}
