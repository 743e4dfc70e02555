// Secrets are compared as digests, in constant time: neither content nor length shows in how long it takes.
import { createHash, timingSafeEqual } from 'node:crypto'

export class Secret {
  readonly #digest: Buffer

  constructor(secret: string) {
    this.#digest = digest(Buffer.from(secret, 'utf8'))
  }

  equals(candidate: Buffer): boolean {
    return timingSafeEqual(this.#digest, digest(candidate))
  }
}

/** The credentials of an `Authorization` header of this scheme, as bytes; `null` when there are none. */
export function credentials(authorization: string | undefined, scheme: 'bearer' | 'basic'): Buffer | null {
  const match = /^([a-z]+) +(\S.*)$/i.exec(authorization ?? '')
  if (match?.[1]?.toLowerCase() !== scheme) return null
  // Node decodes headers as latin1: this gives back the bytes that were sent
  return Buffer.from(match[2] ?? '', 'latin1')
}

/** User name and password of Basic credentials; `null` when they are malformed. */
export function userAndPassword(basic: Buffer): { username: Buffer; password: Buffer } | null {
  const decoded = Buffer.from(basic.toString('latin1'), 'base64')
  const colon = decoded.indexOf(':')
  return colon === -1 ? null : { username: decoded.subarray(0, colon), password: decoded.subarray(colon + 1) }
}

function digest(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}
