// One comparison from end to end, in a temporary folder that is removed.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chooseCores, describeMachine } from '../lib/machine.js'
import { prepareEarlier, workingTreePackages } from './earlier.js'
import { compareVersions } from './measure.js'
import { makeStage } from './stage.js'

/**
 * @param {string} name of the earlier version
 * @param {object} options
 * @param {string} options.root of the repository
 * @param {string} options.now what the working tree is called
 * @param {string[]} options.only
 * @param {string[]} [options.frameworks]
 * @param {object} options.http sizes
 * @param {object} options.micro sizes
 * @param {typeof prepareEarlier} [options.prepare]
 * @param {(text: string) => void} options.onProgress
 */
export async function compare(name, { root, now, prepare = prepareEarlier, onProgress, ...options }) {
  const folder = mkdtempSync(join(tmpdir(), 'perf-monitor-compare-'))
  try {
    const inFolder = (part) => join(folder, part)
    mkdirSync(inFolder('earlier'))
    const earlier = prepare(name, { root, folder: inFolder('earlier'), onProgress })
    const cores = chooseCores()
    const machine = { ...describeMachine(), isPinned: cores !== null }
    const found = await compareVersions({
      ...options,
      onProgress,
      cores,
      earlier: makeStage(inFolder('earlier-stage'), { root, packages: earlier.packages }),
      now: makeStage(inFolder('now-stage'), { root, packages: workingTreePackages(root) }),
    })
    machine.loadAverageAfter = describeMachine().loadAverage
    return { kind: 'compare', date: new Date().toISOString(), now, earlier: earlier.label, machine, ...found }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
