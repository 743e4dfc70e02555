import { expect, test } from 'vitest'
import { appRoot, relativeTo } from '../../src/inspect/app-root.js'
import { blamedFrame, ownerOf, ownPackages } from '../../src/inspect/frames.js'

const OWN = new URL('../../src/watchdog/probe.js', import.meta.url).href

test.each([
  ['file:///srv/app/dist/main.js', 'app'],
  ['/srv/app/main.cjs', 'app'],
  ['C:\\app\\main.cjs', 'app'],
  ['file:///srv/app/node_modules/express/lib/router.js', 'dependency'],
  ['C:\\app\\node_modules\\pg\\lib\\client.js', 'dependency'],
  ['node:internal/timers', 'other'],
  ['', 'other'],
  ['evalmachine.<anonymous>', 'other'],
  [OWN, 'other'],
  [new URL('../../../express/dist/index.js', import.meta.url).href, 'other'],
  [new URL('../../../express/test/app.js', import.meta.url).pathname, 'app'],
  ['/app/node_modules/@perf-monitor/koa/dist/index.js', 'other'],
])('%s is of: %s', (url, owner) => {
  expect(ownerOf(url)).toBe(owner)
})

test("the app's innermost frame is blamed, then a dependency's, else none", () => {
  const frames = ['node:events', '/a/node_modules/x/i.js', '/a/two.js', '/a/one.js'].map((url) => ({ url }))
  expect(blamedFrame(frames)?.url).toBe('/a/two.js')
  expect(blamedFrame(frames.slice(0, 2))?.url).toBe('/a/node_modules/x/i.js')
  expect(blamedFrame(frames.slice(0, 1))).toBeNull()
})

test('the root is the folder of the package that was started', () => {
  const here = new URL('./frames.test.ts', import.meta.url).pathname
  expect(appRoot(here, '/elsewhere')).toBe(new URL('../../', import.meta.url).pathname.replace(/\/$/, ''))
  expect(appRoot('main.js', '/elsewhere')).toBe('/elsewhere')
  expect(appRoot('/nowhere/node_modules/.bin/tool', '/elsewhere')).toBe('/elsewhere')
})

test('paths inside the root lose it', () => {
  expect(relativeTo('/srv/app', '/srv/app/src/a.ts')).toBe('src/a.ts')
  expect(relativeTo('/srv/app', '/srv/application/a.ts')).toBe('/srv/application/a.ts')
  expect(relativeTo('/srv/app', 'node:fs')).toBe('node:fs')
  expect(relativeTo(process.cwd(), 'node:internal/fs/utils')).toBe('node:internal/fs/utils')
})

test('the adapters beside this package', () => {
  expect(ownPackages('file:///repo/packages/core/src/')).toBe('/repo/packages/')
  expect(ownPackages('file:///app/vendor/monitor/')).toBeNull()
})
