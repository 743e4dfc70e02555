import { execFileSync } from 'node:child_process'
import { channel } from 'node:diagnostics_channel'
import { afterEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../src/clock.js'
import { Guard } from '../../src/guard.js'
import { type ModuleCache, ModuleWatch } from '../../src/instruments/module-watch.js'

const REQUIRED = 'tracing:module.require:end'

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

function newWatch(cache: ModuleCache = {}) {
  const clock = new ManualClock()
  const guard = new Guard(clock, { info: () => {}, warn: () => {}, error: () => {} })
  return { clock, guard, cache, modules: new ModuleWatch({ clock, guard, cache }) }
}

describe('ModuleWatch', () => {
  it('sees what is loaded already, every copy of it, and nothing that only looks alike', () => {
    const { modules } = newWatch({
      '/app/node_modules/pg/lib/client.js': { exports: 1, loaded: true },
      '/app/node_modules/.pnpm/pg@8/node_modules/pg/lib/client.js': { exports: 2, loaded: true },
      'C:\\app\\node_modules\\pg\\lib\\client.js': { exports: 3, loaded: true },
      '/app/node_modules/not-pg/lib/client.js': { exports: 4, loaded: true },
      '/app/pg/lib/client.js': { exports: 5, loaded: true },
    })
    const seen: unknown[] = []
    stops.push(modules.watch('pg/lib/client.js', (exports) => seen.push(exports)))
    expect(seen).toEqual([1, 2, 3])
    expect([modules.isLoaded('pg/lib/client.js'), modules.isLoaded('mysql2/index.js')]).toEqual([true, false])
  })

  it('sees what is loaded later, once, and not before it has run', () => {
    const { modules, clock, cache } = newWatch()
    const seen: unknown[] = []
    stops.push(modules.watch('pg/lib/client.js', (exports) => seen.push(exports)))
    cache['/app/node_modules/pg/lib/client.js'] = { exports: 'half', loaded: false }
    clock.advance(1000)
    expect(seen).toEqual([])
    cache['/app/node_modules/pg/lib/client.js'] = { exports: 'whole', loaded: true }
    clock.advance(5000)
    expect(seen).toEqual(['whole'])
  })

  it('sees it in the turn that required it, where Node publishes that', async () => {
    const { modules, cache } = newWatch()
    const seen: unknown[] = []
    stops.push(modules.watch('@redis/client/dist/x.js', (exports) => seen.push(exports)))
    cache['/app/node_modules/@redis/client/dist/x.js'] = { exports: 'x', loaded: true }
    channel(REQUIRED).publish({ id: './other.js' })
    await Promise.resolve()
    expect(seen).toEqual([])
    channel(REQUIRED).publish({ id: '@redis/client' })
    await Promise.resolve()
    expect(seen).toEqual(['x'])
  })

  it('leaves no timer and no subscriber behind, and contains what fails', () => {
    const { modules, clock, guard } = newWatch({ '/app/node_modules/pg/x.js': { exports: 1, loaded: true } })
    const ends = [
      modules.watch('pg/x.js', () => {
        throw new Error('planted')
      }),
      modules.watch('pg/x.js', () => {}),
    ]
    expect(guard.faults.map(({ lastError }) => lastError)).toEqual(['planted'])
    expect(clock.timerCount).toBe(1)
    for (const end of [...ends, ...ends]) end()
    expect(clock.timerCount).toBe(0)
    expect(channel(REQUIRED).hasSubscribers).toBe(false)
  })

  it('finds what ES modules import in the cache of CommonJS', () => {
    const program = `
      import { createRequire } from 'node:module'
      import pg from 'pg'
      import mysql from 'mysql2/promise'
      const paths = Object.keys(createRequire(import.meta.url).cache)
      const files = ['pg/lib/client.js', 'pg-pool/index.js', 'mysql2/lib/tracing.js']
      console.log(JSON.stringify(files.map((file) => paths.some((path) => path.endsWith('/node_modules/' + file)))))`
    const found = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    })
    expect(JSON.parse(found)).toEqual([true, true, true])
  })
})
