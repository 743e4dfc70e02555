// A folder in which this tree's benchmark finds given builds of our packages, and everything else where this tree has it: both versions
// are asked the same by the same framework.
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

const COPIED = [
  'benchmarks/http',
  'benchmarks/micro',
  'benchmarks/lib',
  'benchmarks/package.json',
  'scripts/child-process.mjs',
]
const FRAMEWORKS = ['express', 'fastify']

/**
 * @param {string} folder to be made
 * @param {{ root: string, packages: Record<string, string> }} options `packages`: folder of each
 * @returns {{ server: URL, subject: URL }} the files of its processes
 */
export function makeStage(folder, { root, packages }) {
  for (const path of COPIED) cpSync(join(root, path), join(folder, path), { recursive: true })
  for (const [name, path] of Object.entries(packages)) link(path, join(folder, 'node_modules', '@perf-monitor', name))
  for (const name of FRAMEWORKS) link(findInstalled(name, root), join(folder, 'node_modules', name))
  const urlOf = (path) => pathToFileURL(join(folder, 'benchmarks', path))
  return { server: urlOf('http/server.js'), subject: urlOf('micro/subject-process.js') }
}

function link(target, path) {
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path, 'dir')
}

function findInstalled(name, root) {
  const found = ['benchmarks/node_modules', 'node_modules']
    .map((folder) => join(root, folder, name))
    .find((path) => existsSync(path))
  if (found === undefined) throw new Error(`${name} is not installed`)
  return found
}
