// Sees modules in Node's CommonJS cache, whether they were loaded before or after us. `import` of a CommonJS package puts it there
// as well (Node 20 to 26); a bundled package, and one that is an ES module itself, never appears.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createRequire } from 'node:module'
import type { Clock, TimerHandle } from '../clock.js'
import type { Guard } from '../guard.js'

// Where Node publishes what is required (22.13, 23.4) a module is seen in the turn that loaded it; otherwise within this time.
// Listing the cache takes 20 to 40 ns a module: some 0.1 ms for 3,000.
const SCAN_INTERVAL_MS = 1000
const REQUIRED = 'tracing:module.require:end'
const PART = 'module watch'

export type ModuleCache = Record<string, { exports: unknown; loaded: boolean } | undefined>

export interface ModuleWatchOptions {
  clock: Clock
  guard: Guard
  /** Node's own, but for tests. */
  cache?: ModuleCache
}

/** Called once for every copy of the file that is loaded. */
export type OnModule = (exports: unknown, path: string) => void

interface Watched {
  readonly suffix: string
  readonly onModule: OnModule
  readonly paths: Set<string>
}

export class ModuleWatch {
  readonly #clock: Clock
  readonly #guard: Guard
  readonly #cache: ModuleCache
  readonly #watched = new Set<Watched>()
  readonly #packages = new Map<string, number>()
  #timer: TimerHandle | null = null
  #isScanQueued = false

  constructor({ clock, guard, cache }: ModuleWatchOptions) {
    this.#clock = clock
    this.#guard = guard
    this.#cache = cache ?? (createRequire(import.meta.url).cache as ModuleCache)
  }

  /** @param file `package/path/in/it.js`; returns what ends it */
  watch(file: string, onModule: OnModule): () => void {
    const watched: Watched = { suffix: `/node_modules/${file}`, onModule, paths: new Set() }
    const name = packageOf(file)
    this.#watched.add(watched)
    this.#packages.set(name, (this.#packages.get(name) ?? 0) + 1)
    if (this.#timer === null) this.#begin()
    this.#scan([watched])
    return () => {
      if (!this.#watched.delete(watched)) return
      const left = (this.#packages.get(name) as number) - 1
      if (left === 0) this.#packages.delete(name)
      else this.#packages.set(name, left)
      if (this.#watched.size === 0) this.#end()
    }
  }

  /** Whether a file of the package is loaded. */
  isLoaded(file: string): boolean {
    const suffix = `/node_modules/${file}`
    return Object.keys(this.#cache).some((path) => matches(path, suffix))
  }

  #begin(): void {
    this.#timer = this.#clock.every(SCAN_INTERVAL_MS, () =>
      this.#guard.run(PART, () => this.#scan(this.#watched), undefined),
    )
    this.#guard.run(PART, () => subscribe(REQUIRED, this.#onRequired), undefined)
  }

  #end(): void {
    this.#timer?.cancel()
    this.#timer = null
    unsubscribe(REQUIRED, this.#onRequired)
  }

  // a route that requires lazily gets here once per request: one look-up, unless the package is one of ours
  readonly #onRequired = (message: unknown): void => {
    const id = (message as { id?: unknown }).id
    if (typeof id !== 'string' || this.#isScanQueued || !this.#packages.has(packageOf(id))) return
    this.#isScanQueued = true
    queueMicrotask(() => {
      this.#isScanQueued = false
      this.#guard.run(PART, () => this.#scan(this.#watched), undefined)
    })
  }

  #scan(all: Iterable<Watched>): void {
    for (const path of Object.keys(this.#cache)) {
      for (const watched of all) {
        if (!matches(path, watched.suffix) || watched.paths.has(path)) continue
        const module = this.#cache[path]
        if (module === undefined || !module.loaded) continue // still running: the next look finds it whole
        watched.paths.add(path)
        this.#guard.run(PART, () => watched.onModule(module.exports, path), undefined)
      }
    }
  }
}

function matches(path: string, suffix: string): boolean {
  // Windows separates with backslashes
  return path.endsWith(suffix) || (path.includes('\\') && path.replaceAll('\\', '/').endsWith(suffix))
}

/** `@redis/client/dist/x.js` → `@redis/client`, `pg/lib/client.js` → `pg`. */
function packageOf(file: string): string {
  const end = file.indexOf('/', file.startsWith('@') ? file.indexOf('/') + 1 : 0)
  return end === -1 ? file : file.slice(0, end)
}
