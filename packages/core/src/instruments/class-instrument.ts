// What the instruments of libraries without channels share: their classes are wrapped when their files are loaded.
import type { Instrument, InstrumentOptions, InstrumentState } from './instrument.js'
import type { ModuleWatch } from './module-watch.js'
import { Patches } from './patches.js'

export interface ClassInstrumentOptions extends InstrumentOptions {
  readonly modules: ModuleWatch
}

export abstract class ClassInstrument implements Instrument {
  abstract readonly name: string
  protected readonly options: ClassInstrumentOptions
  #patches: Patches | null = null
  #isLoaded = false
  #isWrapped = false
  #unwatch: (() => void)[] = []

  constructor(options: ClassInstrumentOptions) {
    this.options = options
  }

  get state(): InstrumentState {
    if (this.#patches !== null && this.#isWrapped) return { seen: true, reason: this.remark() }
    if (this.#patches === null || !this.#isLoaded) return { seen: false, reason: null }
    return { seen: false, reason: 'its classes are not as this version of the monitor knows them' }
  }

  start(): void {
    if (this.#patches !== null) return
    const patches = new Patches()
    this.#patches = patches
    this.#unwatch = this.files().map((file) =>
      this.options.modules.watch(file, (exports) => {
        this.#isLoaded = true
        if (this.wrap(patches, file, exports)) this.#isWrapped = true
      }),
    )
  }

  stop(): void {
    for (const unwatch of this.#unwatch.splice(0)) unwatch()
    this.#patches?.undo()
    this.#patches = null
    this.#isWrapped = false
    this.#isLoaded = false
  }

  /** `package/path.js` of the files that hold the classes. */
  protected abstract files(): readonly string[]

  /** Wraps what a file exports; false when it is not as expected. */
  protected abstract wrap(patches: Patches, file: string, exports: unknown): boolean

  /** What it cannot see although it sees the rest. */
  protected remark(): string | null {
    return null
  }
}

export function prototypeOf(exported: unknown): object | null {
  const prototype: unknown = typeof exported === 'function' ? exported.prototype : null
  return typeof prototype === 'object' ? prototype : null
}
