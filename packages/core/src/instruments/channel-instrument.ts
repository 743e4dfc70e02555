// What the instruments of libraries with channels share: they are seen when the file that publishes is loaded.
import type { Instrument, InstrumentOptions, InstrumentState } from './instrument.js'
import type { ModuleWatch } from './module-watch.js'

export interface Starting {
  start(): void
  stop(): void
}

export interface ChannelInstrumentOptions extends InstrumentOptions {
  readonly modules: ModuleWatch
}

export abstract class ChannelInstrument implements Instrument {
  abstract readonly name: string
  protected readonly options: ChannelInstrumentOptions
  /** The package's file that publishes; older versions have none. */
  readonly #publisher: string
  /** A file that every version has. */
  readonly #main: string
  readonly #since: string
  #parts: readonly Starting[] | null = null
  #isPublishing = false
  #isLoaded = false
  #unwatch: (() => void)[] = []

  constructor(options: ChannelInstrumentOptions, files: { main: string; publisher: string; since: string }) {
    this.options = options
    this.#main = files.main
    this.#publisher = files.publisher
    this.#since = files.since
  }

  get state(): InstrumentState {
    if (this.#isPublishing || !this.#isLoaded) return { seen: this.#isPublishing, reason: null }
    return { seen: false, reason: `this version publishes nothing: ${this.name} ${this.#since} and newer do` }
  }

  start(): void {
    if (this.#parts !== null) return
    this.#parts = this.build()
    for (const part of this.#parts) part.start()
    const { modules } = this.options
    this.#unwatch = [
      modules.watch(this.#main, () => {
        this.#isLoaded = true
      }),
      modules.watch(this.#publisher, () => {
        this.#isPublishing = true
      }),
    ]
  }

  stop(): void {
    for (const unwatch of this.#unwatch.splice(0)) unwatch()
    for (const part of this.#parts ?? []) part.stop()
    this.#parts = null
    this.#isPublishing = false
    this.#isLoaded = false
  }

  /** Called by `start()`: what it subscribes. */
  protected abstract build(): readonly Starting[]
}
