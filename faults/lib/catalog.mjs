// What stands in apps/: one folder an app, its note says what is true about it. A note that makes no sense is one clear error.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MIN_DISK_MIB } from './disk.mjs'

export const APPS = join(dirname(fileURLToPath(import.meta.url)), '..', 'apps')
export const DEFAULT_SECONDS = 45 // start-up, a first round at 15 s, a capture of 5 s, and a round that reads it

const NOTE_FIELDS = {
  about: 'string',
  cause: 'string',
  operation: 'any',
  component: 'string',
  file: 'string',
  marker: 'string',
  traffic: 'list',
  durationSeconds: 'number',
  short: 'boolean',
  needs: 'list',
  networkDelayMs: 'number',
  cpuLimitCores: 'any',
  diskMiB: 'number',
  also: 'list',
  anyOrder: 'boolean',
  tolerates: 'list',
  predicts: 'object',
  monitorConfig: 'object',
  nodeArgs: 'list',
  env: 'object',
}
const CAUSE_FIELDS = { cause: 'string', operation: 'any', component: 'string', file: 'string', marker: 'string' }
const ENTRY_FIELDS = {
  method: 'string',
  path: 'string',
  ratePerSecond: 'number',
  concurrency: 'number',
  pauseMs: 'number',
  burst: 'object',
  headers: 'object',
  body: 'any',
  bodyBytes: 'number',
  uploadMs: 'number',
  holdMs: 'number',
  fromSecond: 'number',
  toSecond: 'number',
}
const NEEDS = ['postgres', 'redis']

/**
 * @param {{ folder?: string, only?: string[] | null }} options `only`: names or causes; what is wrong with other apps is then nobody's business
 * @returns {{ name: string, folder: string, healthy: boolean, note: object }[]} single causes, mixed ones, healthy ones
 */
export function readCatalog({ folder = APPS, only = null } = {}) {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
  const apps = names.flatMap((name) => {
    try {
      return [readApp(join(folder, name), name)]
    } catch (error) {
      if (only === null || only.includes(name)) throw error
      return []
    }
  })
  const isChosen = ({ name, note }) => only === null || only.includes(name) || only.includes(note.cause)
  const unknown = (only ?? []).filter((each) => !apps.some(({ name, note }) => name === each || note.cause === each))
  if (unknown.length > 0)
    throw new Error(`no app has the name or cause ${unknown.join(', ')}; there are ${names.join(', ')}`)
  return apps.filter(isChosen).sort((a, b) => groupOf(a) - groupOf(b) || a.name.localeCompare(b.name))
}

/** The file of a variant: `fault` and `fixed` of an app with a fault, `app` of a healthy one. */
export function fileOf(app, variant) {
  return join(app.folder, `${app.healthy ? 'app' : variant}.mjs`)
}

export function readApp(folder, name) {
  const fail = (text) => {
    throw new Error(`faults/apps/${name}: ${text}`)
  }
  if (!existsSync(join(folder, 'note.json'))) fail('has no note.json')
  let note
  try {
    note = JSON.parse(readFileSync(join(folder, 'note.json'), 'utf8'))
  } catch (error) {
    fail(`note.json: ${error.message}`)
  }
  const app = { name, folder, healthy: note.cause === undefined, note }
  for (const fault of noteFaults(note)) fail(`note.json: ${fault}`)
  const variants = app.healthy ? ['app'] : ['fault', 'fixed']
  for (const variant of variants) if (!existsSync(fileOf(app, variant))) fail(`has no ${variant}.mjs`)
  for (const { file, marker } of causesOf(note)) {
    if (file === undefined) continue
    if (!existsSync(join(folder, file))) fail(`note.json: file ${file} is not there`)
    if (!readFileSync(join(folder, file), 'utf8').includes(marker))
      fail(`note.json: ${file} has no line with "${marker}"`)
  }
  return app
}

/** The true causes, the one that users feel most first. */
export function causesOf(note) {
  if (note.cause === undefined) return []
  const { cause, operation, component, file, marker } = note
  return [{ cause, operation, component, file, marker }, ...(note.also ?? [])]
}

function noteFaults(note) {
  const faults = [...wrongFields(note, NOTE_FIELDS)]
  if (!note.about) faults.push('`about` says in one line what the app is and what is odd about it')
  if (!Array.isArray(note.traffic) || note.traffic.length === 0)
    faults.push('`traffic` must list at least one kind of request')
  for (const entry of note.traffic ?? []) {
    faults.push(...wrongFields(entry, ENTRY_FIELDS).map((fault) => `traffic: ${fault}`))
    const kinds = ['ratePerSecond', 'concurrency', 'burst'].filter((kind) => entry[kind] !== undefined)
    if (kinds.length !== 1) faults.push(`traffic ${entry.path}: give one of ratePerSecond, concurrency, burst`)
    if (!entry.path?.startsWith('/')) faults.push('traffic: `path` begins with a slash')
  }
  for (const need of note.needs ?? [])
    if (!NEEDS.includes(need)) faults.push(`needs: ${need} is none of ${NEEDS.join(', ')}`)
  if (typeof note.diskMiB === 'number' && !(Number.isInteger(note.diskMiB) && note.diskMiB >= MIN_DISK_MIB))
    faults.push(`\`diskMiB\` must be a whole number of at least ${MIN_DISK_MIB}`)
  for (const cause of note.also ?? []) faults.push(...wrongFields(cause, CAUSE_FIELDS).map((fault) => `also: ${fault}`))
  for (const cause of causesOf(note)) {
    if ((cause.file === undefined) !== (cause.marker === undefined))
      faults.push(`${cause.cause}: file and marker go together`)
  }
  return faults
}

function wrongFields(object, fields) {
  return Object.entries(object).flatMap(([name, value]) => {
    const wanted = fields[name]
    if (wanted === undefined) return [`\`${name}\` is unknown; there are ${Object.keys(fields).join(', ')}`]
    const type = Array.isArray(value) ? 'list' : typeof value
    return wanted === 'any' || wanted === type ? [] : [`\`${name}\` must be a ${wanted}`]
  })
}

function groupOf({ name, healthy }) {
  if (healthy) return 2
  return name.startsWith('mixed-') ? 1 : 0
}
