// Runs the test suites on other Node versions: `node scripts/test-on-node.mjs 22 24 26`.
import { execFileSync, spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CAN_FETCH_NODE, withOtherNodes } from './other-node.mjs'

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
if (versions.length === 0 || !CAN_FETCH_NODE) {
  console.error('usage (Linux on x64): node scripts/test-on-node.mjs 22 24 26')
  process.exit(2)
}
let failures = 0
await withOtherNodes((fetchNode) => {
  for (const version of versions) {
    const node = fetchNode(version)
    console.log(`\n== Node ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`)
    for (const [suite, filters] of SUITES) {
      const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
      const { status } = spawnSync(node, [vitest, 'run', ...filters], { cwd: join(root, suite), stdio: 'inherit' })
      if (status !== 0) failures++
    }
  }
})
process.exitCode = failures === 0 ? 0 : 1
