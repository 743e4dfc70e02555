// The version to compare with, built or installed in a folder of its own: a git ref, or a version on npm.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Whose request path is compared; what an earlier version does not have is left out. */
export const PACKAGES = ['core', 'express', 'fastify']

const NPM_VERSION = /^(\d+\.\d+\.\d+(-[\w.]+)?|latest)$/
const QUIET = ['--ignore-scripts', '--no-audit', '--no-fund']

/**
 * @param {string} name what git knows in `root` (a tag, a branch, `HEAD~30`), else a version
 * @param {{ root: string, folder: string, run?: typeof runCommand, onProgress: (text: string) => void }} options `folder`: empty
 * @returns {{ label: string, packages: Record<string, string> }} folders of the packages, built
 */
export function prepareEarlier(name, { root, folder, run = runCommand, onProgress }) {
  const commit = commitOf(name, root, run)
  if (commit !== null) return { label: `${name} (${commit.slice(0, 7)})`, packages: build(commit) }
  if (NPM_VERSION.test(name)) return { label: `${name} from npm`, packages: install() }
  throw new Error(`no commit of this repository and no version such as 0.1.0 is called ${name}`)

  function build(commit) {
    onProgress(`${name}: clone, npm ci, build`)
    const clone = join(folder, 'clone')
    run('git', ['clone', '--quiet', '--shared', '--no-checkout', root, clone], root)
    run('git', ['checkout', '--quiet', '--detach', commit], clone)
    const known = PACKAGES.filter((each) => existsSync(join(clone, 'packages', each, 'package.json')))
    run('npm', ['ci', ...QUIET], clone)
    const filters = known.map((each) => `--filter=@perf-monitor/${each}...`)
    run('npx', ['turbo', 'run', 'build', ...filters, '--output-logs=errors-only'], clone)
    return foldersOf(known, (each) => join(clone, 'packages', each))
  }

  function install() {
    onProgress(`${name}: npm install`)
    const names = PACKAGES.map((each) => `@perf-monitor/${each}`)
    run('npm', ['install', '--no-save', ...QUIET, '--prefix', folder, ...names.map((each) => `${each}@${name}`)], root)
    return foldersOf(PACKAGES, (each) => join(folder, 'node_modules', '@perf-monitor', each))
  }
}

/** Those of the working tree: built before, as `npm run bench:compare` does. */
export function workingTreePackages(root) {
  return foldersOf(PACKAGES, (each) => join(root, 'packages', each))
}

function foldersOf(names, folderOf) {
  return Object.fromEntries(names.map((name) => [name, folderOf(name)]))
}

function commitOf(name, root, run) {
  try {
    return run('git', ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`], root).trim()
  } catch {
    return null
  }
}

/** @returns {string} what it printed. @throws when it fails */
function runCommand(command, args, cwd) {
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1' }
  return execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
