// What a safe request asked for and what it was answered, as two numbers: enough to see that the same came again.
import type { IncomingMessage } from 'node:http'

const MAX_HASHED_BYTES = 65_536 // of a body: 1 ns each; of a longer one its length tells the rest
const ETAG = /^etag:[ \t]*(\S[^\r\n]*)/im
const END_OF_HEAD = '\r\n\r\n'

/** 53 bits: two of some thousand URLs are alike once in ten billion. */
export class Hash {
  #high = 0xdeadbeef
  #low = 0x41c6ce57

  add(code: number): void {
    this.#high = Math.imul(this.#high ^ code, 2654435761)
    this.#low = Math.imul(this.#low ^ code, 1597334677)
  }

  addText(text: string): void {
    for (let i = 0; i < text.length; i++) this.add(text.charCodeAt(i))
  }

  get value(): number {
    const high =
      Math.imul(this.#high ^ (this.#high >>> 16), 2246822507) ^ Math.imul(this.#low ^ (this.#low >>> 13), 3266489909)
    const low =
      Math.imul(this.#low ^ (this.#low >>> 16), 2246822507) ^ Math.imul(this.#high ^ (this.#high >>> 13), 3266489909)
    return 4294967296 * (2097151 & low) + (high >>> 0)
  }
}

/** The answer's entity tag where it has one, otherwise its body as far as it is looked at. */
export class Answer {
  readonly key: number
  readonly #hash = new Hash()
  readonly #isTagged: boolean
  #isBody = false
  #hashed = 0
  #bytes = 0

  constructor(req: IncomingMessage, head: string) {
    const { originalUrl, url } = req as IncomingMessage & { originalUrl?: unknown }
    const asked = new Hash()
    asked.addText(req.method ?? '')
    asked.addText(typeof originalUrl === 'string' ? originalUrl : (url ?? '')) // frameworks take the mount's path off `url`
    this.key = asked.value
    const tag = ETAG.exec(head)?.[1]
    this.#isTagged = tag !== undefined
    if (tag !== undefined) this.#hash.addText(tag)
  }

  get value(): number {
    if (!this.#isTagged) this.#hash.add(this.#bytes)
    return this.#hash.value
  }

  /** What is written, the head included: that holds the date, and is left out. */
  written(data: unknown): void {
    if (this.#isTagged) return
    if (typeof data === 'string') this.#text(data)
    else if (data instanceof Uint8Array) this.#binary(data)
  }

  #text(data: string): void {
    let start = 0
    if (!this.#isBody) {
      const end = data.indexOf(END_OF_HEAD)
      if (end === -1) return
      this.#isBody = true
      start = end + END_OF_HEAD.length
    }
    const until = Math.min(data.length, start + MAX_HASHED_BYTES - this.#hashed)
    for (let i = start; i < until; i++) this.#hash.add(data.charCodeAt(i))
    this.#hashed += Math.max(0, until - start)
    this.#bytes += data.length - start
  }

  #binary(data: Uint8Array): void {
    this.#isBody = true // heads are text
    const until = Math.min(data.length, MAX_HASHED_BYTES - this.#hashed)
    for (let i = 0; i < until; i++) this.#hash.add(data[i] as number)
    this.#hashed += Math.max(0, until)
    this.#bytes += data.length
  }
}
