// The profiles that were taken, the newest few, bounded in bytes.
import type { Profile } from '../types/metrics.js'

const MAX_PROFILES = 10
const MAX_BYTES = 32 * 1024 * 1024

export interface KeptProfile {
  profile: Profile
  /** JSON as `.cpuprofile` or `.heapprofile` has it. */
  file: Uint8Array
  /** JSON: the tree of `FlameNode`s. */
  flame: Uint8Array
}

export class KeptProfiles {
  /** The oldest first. */
  readonly #kept: KeptProfile[] = []

  /** The newest one stays, however large. */
  add(added: KeptProfile): void {
    this.#kept.push(added)
    let bytes = this.#kept.reduce((sum, kept) => sum + bytesOf(kept), 0)
    while (this.#kept.length > 1 && (this.#kept.length > MAX_PROFILES || bytes > MAX_BYTES)) {
      bytes -= bytesOf(this.#kept.shift() as KeptProfile)
    }
  }

  get(id: string): KeptProfile | null {
    return this.#kept.find(({ profile }) => profile.id === id) ?? null
  }

  /** The newest first. */
  get profiles(): Profile[] {
    return this.#kept.map(({ profile }) => profile).reverse()
  }
}

function bytesOf({ file, flame }: KeptProfile): number {
  return file.byteLength + flame.byteLength
}
