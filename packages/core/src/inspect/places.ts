// From frames to places in what the app's authors wrote, without waiting: the monitor's thread looks them up beforehand. Until its
// answer is there (a few ms), and without a thread, a place is the one in the code that runs.
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { SourceLocation } from '../types/findings.js'
import type { ThreadExtension } from '../types/thread.js'
import { appRoot, relativeTo } from './app-root.js'
import { type Frame, pathOf } from './frames.js'
import type { PlaceAnswer, PlaceData, PlaceRequest } from './place-messages.js'

const MAX_PLACES = 10_000 // the same few lines come again and again
const MAX_FRAMES_IN_FLIGHT = 2000 // beyond it the thread is asked later, when one of them is read

export class Places implements ThreadExtension {
  readonly name = 'places'
  readonly url = new URL('./place-thread.js', import.meta.url)
  readonly #root: string
  readonly #known = new Map<string, SourceLocation>()
  /** Not answered yet. */
  readonly #asked = new Map<number, string>()
  readonly #askedKeys = new Set<string>()
  #port: MessagePort | null = null
  #waiting: { id: number; frame: Frame }[] = []
  #nextId = 0

  constructor(root = appRoot()) {
    this.#root = root
  }

  /** The thread starts, or starts again: what the last one left unanswered is asked anew when it is read. */
  connect(): { data: PlaceData; transfer: MessagePort[] } {
    this.#close()
    const { port1, port2 } = new MessageChannel()
    port1.on('message', (answer: PlaceAnswer) => this.#learn(answer))
    port1.on('close', () => {
      if (this.#port === port1) this.#close() // the thread ended: nothing that was asked will be answered
    })
    port1.unref()
    this.#port = port1
    return { data: { port: port2, root: this.#root }, transfer: [port2] }
  }

  stop(): void {
    this.#close()
  }

  /** Asks for a frame that will be read later. */
  prepare(frame: Frame): void {
    const key = keyOf(frame)
    if (!this.#known.has(key)) this.#ask(key, frame)
  }

  /** Never waits. */
  locate(frame: Frame): SourceLocation {
    const key = keyOf(frame)
    const known = this.#known.get(key)
    if (known !== undefined) return { ...known, function: frame.function }
    this.#ask(key, frame)
    const { line, column } = frame
    return { file: relativeTo(this.#root, pathOf(frame.url)), line, column, function: frame.function }
  }

  #ask(key: string, frame: Frame): void {
    if (this.#port === null || this.#askedKeys.has(key) || this.#asked.size >= MAX_FRAMES_IN_FLIGHT) return
    const id = this.#nextId++
    this.#asked.set(id, key)
    this.#askedKeys.add(key)
    this.#waiting.push({ id, frame })
    // those of one turn go together
    if (this.#waiting.length === 1) setImmediate(() => this.#send()).unref()
  }

  #send(): void {
    const waiting = this.#waiting
    this.#waiting = []
    const request: PlaceRequest = { ids: waiting.map(({ id }) => id), frames: waiting.map(({ frame }) => plain(frame)) }
    this.#port?.postMessage(request)
  }

  #learn({ ids, locations }: PlaceAnswer): void {
    for (const [index, id] of ids.entries()) {
      const key = this.#asked.get(id)
      const location = locations[index]
      this.#asked.delete(id)
      if (key === undefined || location === undefined) continue
      this.#askedKeys.delete(key)
      if (this.#known.size >= MAX_PLACES) this.#known.clear()
      this.#known.set(key, location)
    }
  }

  #close(): void {
    this.#port?.close()
    this.#port = null
    this.#asked.clear()
    this.#askedKeys.clear()
    this.#waiting = []
  }
}

function keyOf({ url, line, column }: Frame): string {
  return `${line}:${column}:${url}`
}

function plain({ function: name, url, line, column }: Frame): Frame {
  return { function: name, url, line, column }
}
