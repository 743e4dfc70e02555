// Two versions of Nest in one test run. This workspace has Nest 11, the adapter's own Nest 12; a copy of what the adapter
// ships, put below this workspace, finds Nest 11, as in an app that has no other.
import { cpSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Nest {
  readonly major: number
  readonly common: typeof import('@nestjs/common')
  readonly core: typeof import('@nestjs/core')
  readonly express: typeof import('@nestjs/platform-express')
  readonly fastify: typeof import('@nestjs/platform-fastify')
  readonly adapter: typeof import('@perf-monitor/nestjs')
}

const require = createRequire(import.meta.url)
const adapterFolder = dirname(require.resolve('@perf-monitor/nestjs/package.json'))

export function nest11(): Promise<Nest> {
  const copy = fileURLToPath(new URL('../dist/nestjs', import.meta.url))
  rmSync(copy, { recursive: true, force: true })
  for (const part of ['dist', 'package.json']) cpSync(join(adapterFolder, part), join(copy, part), { recursive: true })
  return load(copy)
}

export function nest12(): Promise<Nest> {
  return load(adapterFolder)
}

async function load(adapter: string): Promise<Nest> {
  const requireThere = createRequire(join(adapter, 'package.json'))
  return {
    major: Number(requireThere('@nestjs/core/package.json').version.split('.')[0]),
    common: requireThere('@nestjs/common'),
    core: requireThere('@nestjs/core'),
    express: requireThere('@nestjs/platform-express'),
    fastify: requireThere('@nestjs/platform-fastify'),
    adapter: await import(join(adapter, 'dist/index.js')),
  }
}
