// The same command on several versions of Node, one after another: `--nodes 20,24`.
import { spawnSync } from 'node:child_process'
import { CAN_FETCH_NODE, withOtherNodes } from '../../scripts/other-node.mjs'

/**
 * @param {object} options
 * @param {string[]} options.versions majors, or whole versions
 * @param {string} options.file the command
 * @param {string[]} options.args without `--nodes`
 * @param {(node: string, args: string[]) => number | null} [options.run] for tests
 * @returns {Promise<string[]>} the versions on which it failed
 */
export async function runOnNodes({ versions, file, args, run = runNode }) {
  const isOwn = (version) => `${process.versions.node}.`.startsWith(`${version}.`)
  if (!CAN_FETCH_NODE && !versions.every(isOwn)) throw new Error('--nodes takes other versions on Linux on x64 only')
  return withOtherNodes((fetchNode) =>
    versions.filter((version) => run(isOwn(version) ? process.execPath : fetchNode(version), [file, ...args]) !== 0),
  )
}

function runNode(node, args) {
  return spawnSync(node, args, { stdio: 'inherit' }).status
}
