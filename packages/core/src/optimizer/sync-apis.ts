// Node's functions that hold the event loop until they are done, and what to call instead.

export interface SyncApi {
  /** What does the same without holding the loop. */
  readonly twin: string
  /**
   * Whether the work still has to be waited for by the request itself: true for computing (hashing, compressing), false for
   * what can be read once and kept.
   */
  readonly remains: boolean
}

const COMPUTED: Readonly<Record<string, string>> = {
  pbkdf2Sync: '`crypto.pbkdf2` (or its promisified form)',
  scryptSync: '`crypto.scrypt` (or its promisified form)',
  generateKeyPairSync: '`crypto.generateKeyPair`',
  generateKeySync: '`crypto.generateKey`',
  generatePrimeSync: '`crypto.generatePrime`',
  checkPrimeSync: '`crypto.checkPrime`',
  hkdfSync: '`crypto.hkdf`',
  argon2Sync: '`crypto.argon2`',
  gzipSync: '`zlib.gzip` or a `zlib.createGzip()` stream',
  gunzipSync: '`zlib.gunzip` or a `zlib.createGunzip()` stream',
  deflateSync: '`zlib.deflate` or a `zlib.createDeflate()` stream',
  deflateRawSync: '`zlib.deflateRaw` or a `zlib.createDeflateRaw()` stream',
  inflateSync: '`zlib.inflate` or a `zlib.createInflate()` stream',
  inflateRawSync: '`zlib.inflateRaw` or a `zlib.createInflateRaw()` stream',
  unzipSync: '`zlib.unzip` or a `zlib.createUnzip()` stream',
  brotliCompressSync: '`zlib.brotliCompress` or a `zlib.createBrotliCompress()` stream',
  brotliDecompressSync: '`zlib.brotliDecompress` or a `zlib.createBrotliDecompress()` stream',
  zstdCompressSync: '`zlib.zstdCompress` or a `zlib.createZstdCompress()` stream',
  zstdDecompressSync: '`zlib.zstdDecompress` or a `zlib.createZstdDecompress()` stream',
  execSync: '`child_process.exec` (or its promisified form)',
  execFileSync: '`child_process.execFile` (or its promisified form)',
  spawnSync: '`child_process.spawn`',
}

const MODULE_LOADING = new Set(['require', 'Module._load', 'Module._compile', 'compileFunction'])

/** `null` for what is no synchronous Node API. Takes names as profiles have them, with or without their module. */
export function syncApi(api: string | null): SyncApi | null {
  if (api === null) return null
  const name = api.slice(api.lastIndexOf('.') + 1)
  const twin = COMPUTED[name]
  if (twin !== undefined) return { twin, remains: true }
  if (MODULE_LOADING.has(api) || MODULE_LOADING.has(name)) {
    return { twin: 'an `import` at the top of the file, which runs once at start-up', remains: false }
  }
  // all that ends so in Node is of `fs`, and of most modules of npm: their asynchronous twin has the name without the ending
  if (name.length > 4 && name.endsWith('Sync')) {
    return { twin: `\`fs.promises.${name.slice(0, -4)}\` (or keep what was read in memory)`, remains: false }
  }
  return null
}
