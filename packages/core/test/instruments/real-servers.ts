// PostgreSQL and Redis as `tests/servers/` starts them, for vitest.
import { describe, it } from 'vitest'
import { postgresMissing, startPostgres } from '../../../../tests/servers/postgres.mjs'
import { redisMissing, startRedis } from '../../../../tests/servers/redis.mjs'

export interface RealServer {
  readonly url: string
  readonly port: number
  stop(): Promise<void>
}

interface Kind {
  /** Why it cannot be started, and what to do; `null` when it can. */
  readonly missing: string | null
  readonly start: () => Promise<RealServer>
}

export const postgres: Kind = { missing: postgresMissing(), start: startPostgres }
export const redis: Kind = { missing: redisMissing(), start: startRedis }

/** Tests with a real server: skipped with a word on how to install it, a failure where CI promises that it is there. */
export function describeWith(kind: Kind, name: string, tests: (start: () => Promise<RealServer>) => void): void {
  const { missing } = kind
  if (missing === null) {
    describe(name, () => tests(kind.start))
    return
  }
  if (process.env.CI && process.env.PERF_REAL_SERVERS) {
    it(name, () => {
      throw new Error(missing)
    })
  } else describe.skip(`${name} (${missing})`, () => tests(() => Promise.reject(new Error(missing))))
}
