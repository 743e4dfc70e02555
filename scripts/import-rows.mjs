// The rows of docs/architecture.md: a file imports its own folder and rows above it, never a sibling folder of its row.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'

/** Row of every part of packages/core/src, by folder or file name; `import type` counts. */
export const CORE_ROWS = [
  ['types', 'errors', 'clock', 'guard', 'config', 'histogram'],
  ['tracker', 'history', 'inspect'],
  ['collectors', 'instruments', 'census', 'profiler', 'watchdog'],
  ['alerts', 'optimizer', 'exporters', 'advisor'],
  ['http', 'page'],
  ['monitor'],
  ['index', 'adapter'],
]
/** Row 1 may import itself (the shapes, the clock and the errors know each other); row 4 imports row 1 only. */
const FREE_ROW = 0
const ROW_4 = 3
const ROW_4_SEES = 0

/** What a package may import beside its own files, Node and its row's packages. */
export const PACKAGE_RULES = {
  core: { packages: ['systeminformation'] },
  express: { packages: ['@perf-monitor/core/adapter', 'express'] },
  // thin over the two platforms' adapters
  nestjs: {
    packages: [
      '@perf-monitor/core/adapter',
      '@perf-monitor/express',
      '@perf-monitor/fastify',
      '@nestjs/common',
      '@nestjs/core',
      'reflect-metadata',
      'rxjs',
    ],
  },
  fastify: { packages: ['@perf-monitor/core/adapter', 'fastify', 'fastify-plugin'] },
  koa: { packages: ['@perf-monitor/core/adapter', 'koa'] },
  hono: {
    packages: [
      '@perf-monitor/core/adapter',
      'hono',
      'hono/route',
      'hono/utils/handler',
      '@hono/node-server',
      '@hono/node-server/utils/response',
    ],
  },
  opentelemetry: { packages: ['@perf-monitor/core/adapter', '@opentelemetry/api'] },
  // speaks to /perf over HTTP: takes the shapes of its answers from core, by `import type`
  mcp: {
    packages: ['@modelcontextprotocol/server', '@modelcontextprotocol/server/stdio', '@perf-monitor/core', 'zod'],
  },
  dashboard: {
    packages: ['preact', 'preact/hooks', 'uplot', 'uplot/dist/uPlot.min.css'],
    typesFrom: '../core/src/types/',
  },
}

const IMPORT =
  /^[ \t]*(?:import|export)\s+(?<type>type\s)?(?:[^'"`;]*?\sfrom\s+)?['"](?<from>[^'"]+)['"]|\bimport\(\s*['"](?<dynamic>[^'"]+)['"]\s*\)/gm

/** Imports of a source text: where from, and whether only types. */
export function importsOf(source) {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  return [...code.matchAll(IMPORT)].map(({ groups }) => ({
    from: groups.from ?? groups.dynamic,
    typeOnly: groups.type !== undefined,
  }))
}

/**
 * Faults of one file.
 * @param {{ package: string, file: string, source: string }} input `file` is relative to the package, with slashes
 */
export function faultsOf({ package: name, file, source }) {
  const rule = PACKAGE_RULES[name]
  if (rule === undefined) return [`packages/${name} has no row: add it to scripts/import-rows.mjs`]
  const faults = []
  for (const { from, typeOnly } of importsOf(source)) {
    const where = `packages/${name}/${file} imports ${from}`
    if (from.startsWith('node:')) continue
    if (!from.startsWith('.')) {
      const known = rule.packages.includes(from)
      if (!known) faults.push(`${where}: not among the packages that it may use`)
      continue
    }
    const target = posix.normalize(posix.join(posix.dirname(file), from))
    if (target.startsWith('../')) {
      if (rule.typesFrom === undefined || !target.startsWith(rule.typesFrom))
        faults.push(`${where}: leaves its package`)
      else if (!typeOnly) faults.push(`${where}: only \`import type\` may cross to core`)
      continue
    }
    if (name === 'core') faults.push(...rowFaults(file, target).map((fault) => `${where}: ${fault}`))
  }
  return faults
}

function rowFaults(file, target) {
  const from = partOf(file)
  const to = partOf(target)
  if (from === to) return []
  const [fromRow, toRow] = [from, to].map((part) => CORE_ROWS.findIndex((row) => row.includes(part)))
  if (fromRow === -1 || toRow === -1) return [`${fromRow === -1 ? from : to} stands in no row`]
  if (fromRow === FREE_ROW && toRow === FREE_ROW) return []
  if (fromRow === toRow) return [`${to} is a sibling of ${from} in row ${fromRow + 1}`]
  if (toRow > fromRow) return [`${to} (row ${toRow + 1}) is below ${from} (row ${fromRow + 1})`]
  if (fromRow === ROW_4 && toRow !== ROW_4_SEES) return [`row 4 imports row 1 only, ${to} is row ${toRow + 1}`]
  return []
}

/** `src/alerts/rules/x.ts` → `alerts`; `src/index.ts` → `index`. */
function partOf(file) {
  const [, first] = file.split('/')
  return first.replace(/\.[jt]sx?$/, '')
}

/** Checks every package below `root`; returns the faults and how many files were read. */
export function checkTree(root) {
  const faults = []
  let files = 0
  for (const name of readdirSync(join(root, 'packages'))) {
    const source = join(root, 'packages', name, 'src')
    for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.[cm]?[jt]sx?$/.test(entry.name)) continue
      const path = join(entry.parentPath ?? dirname(source), entry.name)
      const file = relative(join(root, 'packages', name), path)
        .split(sep)
        .join('/')
      faults.push(...faultsOf({ package: name, file, source: readFileSync(path, 'utf8') }))
      files++
    }
  }
  return { faults, files }
}
