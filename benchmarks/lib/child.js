// A process per measured thing, pinned to one core.
import { startChild as startProcess } from '../../scripts/child-process.mjs'

export { answerParent } from '../../scripts/child-process.mjs'

/**
 * @param {{ url: URL, args?: string[], core?: number | null, nodeArgs?: string[], answerTimeoutMs?: number }} options
 *   `core` null: wherever there is room
 */
export function startChild({ url, core = null, answerTimeoutMs, ...options }) {
  const wrapper = core === null ? [] : ['taskset', '-c', String(core)]
  return startProcess({ ...options, file: url, wrapper, answerLimitMs: answerTimeoutMs })
}
