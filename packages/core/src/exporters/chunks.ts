// Exporters produce small pieces (a row, an operation); callers get chunks of a size worth a write, and may pause between any two.

const CHUNK_CHARS = 32 * 1024 // a write's overhead is negligible from here on, and filling one takes a fraction of a millisecond

const LONG_CHARS = 128 * 1024 // one piece of many long names can be longer: it is cut

/** A piece that only says: here is a good place for the caller to pause, whether or not there is text. */
export const PAUSE = ''

/** The same pieces, with a pause after so many of them. */
export function* paused(pieces: Iterable<string>, piecesPerPause: number): Generator<string, void, undefined> {
  let left = piecesPerPause
  for (const piece of pieces) {
    yield piece
    if (--left > 0) continue
    left = piecesPerPause
    yield PAUSE
  }
}

/** Made one by one, when they are asked for: an array's own `map` makes all of them before the first. */
export function* mapped<T, U>(items: Iterable<T>, make: (item: T) => U): Generator<U, void, undefined> {
  for (const item of items) yield make(item)
}

export function* chunked(pieces: Iterable<string>): Generator<string, void, undefined> {
  let chunk = ''
  for (const piece of pieces) {
    chunk += piece
    if (chunk.length >= CHUNK_CHARS || piece === PAUSE) {
      if (chunk.length > LONG_CHARS) yield* slices(chunk)
      else yield chunk
      chunk = ''
    }
  }
  if (chunk !== '') yield chunk
}

/** Cuts a long text without cutting a surrogate pair in two: each piece is encoded to UTF-8 on its own. */
export function* slices(text: string): Generator<string, void, undefined> {
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + CHUNK_CHARS, text.length)
    const last = text.charCodeAt(end - 1)
    if (end < text.length && last >= 0xd800 && last <= 0xdbff) end++
    yield text.slice(start, end)
    start = end
  }
}
