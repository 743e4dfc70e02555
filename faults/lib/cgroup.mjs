// A container's CPU quota for one process, through the kernel's own files: as root on Linux, cgroup v1 or v2.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootMissing } from './root.mjs'

const ROOT = '/sys/fs/cgroup'
const PERIOD_US = 100_000

/** Why no quota can be set here; `null` when it can. */
export function cgroupMissing() {
  const notRoot = rootMissing('a CPU quota')
  if (notRoot !== null) return notRoot
  if (existsSync(join(ROOT, 'cpu', 'cpu.cfs_quota_us')) || existsSync(join(ROOT, 'cpu', 'cgroup.procs'))) return null
  try {
    if (readFileSync(join(ROOT, 'cgroup.controllers'), 'utf8').includes('cpu')) return null
  } catch {}
  return 'a CPU quota takes a cgroup with the cpu controller'
}

/** @returns what lets the processes that are left out of it, once they have ended */
export function limitCpu(pid, cores) {
  const isV1 = existsSync(join(ROOT, 'cpu', 'cgroup.procs'))
  const folder = join(isV1 ? join(ROOT, 'cpu') : ROOT, `perf-monitor-faults-${pid}`)
  mkdirSync(folder)
  try {
    if (isV1) {
      writeFileSync(join(folder, 'cpu.cfs_period_us'), String(PERIOD_US))
      writeFileSync(join(folder, 'cpu.cfs_quota_us'), String(Math.round(cores * PERIOD_US)))
    } else {
      writeFileSync(join(folder, 'cpu.max'), `${Math.round(cores * PERIOD_US)} ${PERIOD_US}`)
    }
    writeFileSync(join(folder, 'cgroup.procs'), String(pid))
  } catch (error) {
    rmdirSync(folder)
    throw error
  }
  return () => rmdirSync(folder)
}
