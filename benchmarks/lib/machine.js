// What is said of the machine, and which cores the processes get.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'

/**
 * One core for what is measured, another for the load. Null without `taskset` or a second core: then the scheduler decides.
 * @returns {{ server: number, load: number } | null}
 */
export function chooseCores() {
  if (spawnSync('taskset', ['--version']).status !== 0) return null
  const allowed = allowedCores()
  return allowed.length < 2 ? null : { server: allowed[0], load: allowed[1] }
}

/** No name, model or address: nothing that tells which machine it was. */
export function describeMachine() {
  return {
    node: process.versions.node,
    platform: process.platform,
    cores: availableParallelism(),
    loadAverage: loadavg()[0],
  }
}

function allowedCores() {
  try {
    const list = /^Cpus_allowed_list:\s*(.+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
    return list.split(',').flatMap((range) => {
      const [first, last = first] = range.split('-').map(Number)
      return Array.from({ length: last - first + 1 }, (_, i) => first + i)
    })
  } catch {
    return []
  }
}
