// Tests what ships: packs the published packages, installs the tarballs in an empty folder, uses them from ES modules, CommonJS
// and TypeScript, and has publint and attw look at them.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const folder = mkdtempSync(join(tmpdir(), 'perf-monitor-pack-'))
// the page, every exporter, rule and instrument: what grew since 1.5 MB are the rules of the diagnosis and the instruments
const MAX_UNPACKED_BYTES = { core: 1_750_000 }
const DEFAULT_MAX_UNPACKED_BYTES = 150_000

function run(command, args, cwd = root) {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Frameworks that the packages are for, as an app of theirs installs them. */
const FRAMEWORKS = [
  'express@5',
  '@types/express@5',
  'fastify@5',
  'koa@3',
  '@types/koa@3',
  '@koa/router@15',
  'hono@4',
  '@hono/node-server@2',
  '@nestjs/common@12',
  '@nestjs/core@12',
  '@nestjs/platform-express@12',
  'reflect-metadata@0.2',
  'rxjs@7',
  '@opentelemetry/api@1',
  '@opentelemetry/sdk-trace-base@2',
]

const QUIET = '{ enabled: false }'
const USES = {
  core: `import { PerformanceMonitor } from '@perf-monitor/core'
new PerformanceMonitor({ serviceName: 'packed' }).getSnapshot().service.name satisfies string`,
  express: `import express from 'express'
import { perfMonitor } from '@perf-monitor/express'
const perf = perfMonitor(${QUIET})
express().use(perf)
perf.monitor.getSnapshot().timestamp satisfies string`,
  fastify: `import Fastify from 'fastify'
import { perfMonitor } from '@perf-monitor/fastify'
const app = Fastify()
await app.register(perfMonitor, ${QUIET})
app.perfMonitor.getSnapshot().timestamp satisfies string`,
  koa: `import Koa from 'koa'
import { perfMonitor } from '@perf-monitor/koa'
new Koa().use(perfMonitor(${QUIET}))`,
  hono: `import { Hono } from 'hono'
import { perfMonitor } from '@perf-monitor/hono'
new Hono().use(perfMonitor(${QUIET}))`,
  nestjs: `import { PerfMonitorModule } from '@perf-monitor/nestjs'
PerfMonitorModule.forRoot(${QUIET}).module satisfies unknown`,
  opentelemetry: `import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { PerfMonitorSpanProcessor, recordAll } from '@perf-monitor/opentelemetry'
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace-base'
const spanProcessors = [new PerfMonitorSpanProcessor(${QUIET})]
new BasicTracerProvider({ spanProcessors, sampler: recordAll(new AlwaysOffSampler()) })`,
  mcp: `import { perfMonitorServer } from '@perf-monitor/mcp'
perfMonitorServer({ url: 'http://127.0.0.1:3000/perf' }) satisfies object`,
}

try {
  const packages = readdirSync(join(root, 'packages'))
    .map((name) => ({ name, manifest: JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) }))
    .filter(({ manifest }) => manifest.private !== true)
  const tarballs = []
  for (const { name } of packages) {
    const [packed] = JSON.parse(
      run('npm', ['pack', '--json', '--pack-destination', folder], join(root, 'packages', name)),
    )
    const tarball = join(folder, packed.filename)
    tarballs.push(tarball)
    const files = packed.files.map(({ path }) => path)
    const unwanted = files.filter(
      (path) => !/^(dist\/|package\.json$|README\.md$|LICENSE$)/.test(path) || path.endsWith('.map'),
    )
    if (unwanted.length > 0) throw new Error(`${name} ships ${unwanted.join(', ')}`)
    const limit = MAX_UNPACKED_BYTES[name] ?? DEFAULT_MAX_UNPACKED_BYTES
    if (packed.unpackedSize > limit)
      throw new Error(`${name} unpacks to ${packed.unpackedSize} bytes, at most ${limit} are meant`)
    run('npx', ['publint', '--strict', tarball])
    run('npx', ['attw', tarball, '--profile', 'node16', '--ignore-rules', 'cjs-resolves-to-esm'])
    console.log(
      `${packed.filename}: ${files.length} files, ${packed.size} bytes packed, ${packed.unpackedSize} unpacked`,
    )
  }

  const app = join(folder, 'app')
  mkdirSync(app)
  writeFileSync(join(app, 'package.json'), '{ "name": "app", "version": "1.2.3", "private": true, "type": "module" }')
  run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--silent', ...tarballs, ...FRAMEWORKS, 'typescript@7', '@types/node@20'],
    app,
  )

  for (const { name, manifest } of packages) {
    const names = Object.keys(manifest.exports).filter((entry) => entry !== './package.json')
    for (const entry of names) {
      const specifier = entry === '.' ? manifest.name : `${manifest.name}/${entry.slice(2)}`
      const count = 'if (Object.keys(m).length === 0) throw new Error("no exports")'
      run('node', ['--input-type=module', '-e', `import * as m from '${specifier}'; ${count}`], app)
      run(
        'node',
        [
          '--disable-warning=ExperimentalWarning',
          '--input-type=commonjs',
          '-e',
          `const m = require('${specifier}'); ${count}`,
        ],
        app,
      )
    }
    if (USES[name] === undefined) throw new Error(`no use of ${name}: add one to USES`)
    writeFileSync(join(app, `${name}.ts`), USES[name])
  }
  // a monitor that really runs from the packed files: thread, page, endpoints, and the process ends by itself
  writeFileSync(
    join(app, 'run.mjs'),
    `import { PerformanceMonitor } from '@perf-monitor/core'
const monitor = new PerformanceMonitor({ collectionIntervalMs: 100 })
await monitor.start()
while (monitor.getSnapshot().systemMetrics === null) await new Promise((resolve) => setTimeout(resolve, 20))
if (!(await monitor.exportReport('html')).includes('perf-data')) throw new Error('no page')
if (monitor.config.serviceName !== 'app') throw new Error(monitor.config.serviceName)
await monitor.stop()`,
  )
  run('node', ['run.mjs'], app)
  run(
    'npx',
    [
      'tsc',
      '--noEmit',
      '--skipLibCheck',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--types',
      'node',
      ...Object.keys(USES).map((name) => `${name}.ts`),
    ],
    app,
  )
  console.log(`packaging: ${packages.length} packages used from ES modules, CommonJS and TypeScript`)
} catch (error) {
  console.error(error.stdout ?? '', error.stderr ?? '', error.message)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
