// Results as files: one per run, named by date and Node version.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PARTS } from './options.js'

const LATER_PARTS = ['sample', 'endpoints', 'memory', 'accuracy'] // a result without them has some sections less

export function writeResult(directory, result) {
  mkdirSync(directory, { recursive: true })
  const name = `${result.date.replace(/[:.]/g, '-')}-node-${nodeMajor(result)}-${result.kind}.json`
  writeFileSync(join(directory, name), `${JSON.stringify(result, null, 2)}\n`)
}

/** The newest whole result of `version` for each major version of Node, oldest Node first. */
export function readNewestResults(directory, version) {
  const newest = new Map()
  for (const name of readdirSync(directory).sort()) {
    if (!name.endsWith('-full.json')) continue
    const result = JSON.parse(readFileSync(join(directory, name), 'utf8'))
    if (result.version === version && isWhole(result)) newest.set(nodeMajor(result), result)
  }
  return [...newest.values()].sort((a, b) => nodeMajor(a) - nodeMajor(b))
}

/** Also of this shape: older ones had no frameworks, and single calls of no kind. */
function isWhole(result) {
  const hasParts = PARTS.every((part) => result[part] || LATER_PARTS.includes(part))
  return hasParts && result.http.frameworks !== undefined && result.micro.subjects[0].kind !== undefined
}

function nodeMajor({ machine }) {
  return Number.parseInt(machine.node, 10)
}
