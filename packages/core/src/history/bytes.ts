// Little-endian, variable-length integers (LEB128, as in Protocol Buffers): a bucket of a sparse histogram takes two bytes.

export class ByteWriter {
  #bytes = new Uint8Array(1024)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** A whole number from 0 to 2^53. @throws RangeError for anything else: it could not be read back */
  uint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no whole number from 0 to 2^53`)
    this.#reserve(8)
    let rest = value
    while (rest > 0x7f) {
      // no bit operators: they would cut what is beyond 32 bits
      this.#bytes[this.#length++] = (rest % 128) + 128
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#length++] = rest
  }

  /** A whole number of either sign (zigzag). */
  int(value: number): void {
    this.uint(value < 0 ? -2 * value - 1 : 2 * value)
  }

  float(value: number): void {
    this.#reserve(8)
    this.#view.setFloat64(this.#length, value, true)
    this.#length += 8
  }

  /** Forgets what was written after `length` bytes. */
  cut(length: number): void {
    this.#length = Math.min(length, this.#length)
  }

  /** A copy of what was written, and an empty writer. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#length)
    this.#length = 0
    return taken
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return
    const larger = new Uint8Array(this.#bytes.length * 2)
    larger.set(this.#bytes)
    this.#bytes = larger
    this.#view = new DataView(larger.buffer)
  }
}

export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  uint(): number {
    let value = 0
    let factor = 1
    let byte = this.#bytes[this.#at++] as number
    // false behind the end, too: bytes that are cut off must not be read for ever
    while (byte > 127) {
      value += (byte - 128) * factor
      factor *= 128
      byte = this.#bytes[this.#at++] as number
    }
    return value + byte * factor
  }

  int(): number {
    const value = this.uint()
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2
  }

  float(): number {
    const value = this.#view.getFloat64(this.#at, true)
    this.#at += 8
    return value
  }

  skip(bytes: number): void {
    this.#at += bytes
  }

  /** Passes over `count` whole numbers. */
  skipUints(count: number): void {
    for (let n = count; n > 0; n--) while ((this.#bytes[this.#at++] as number) > 127);
  }
}
