/** What the built-in instruments measure; also the keys of the `instruments` option. */
export const INSTRUMENT_NAMES = [
  'http',
  'fetch',
  'pg',
  'mysql2',
  'better-sqlite3',
  'ioredis',
  'redis',
  'mongodb',
  'mongoose',
  'tarn',
  'sequelize-pool',
  'generic-pool',
] as const

export type InstrumentName = (typeof INSTRUMENT_NAMES)[number]

/** `false` leaves one out. */
export type InstrumentSwitches = Partial<Record<InstrumentName, boolean>>

/** What `/perf/health` lists: everything that is seen, and what is loaded but cannot be seen. */
export interface InstrumentHealth {
  name: string
  seen: boolean
  /** What cannot be seen, and why; `null` when all of it is. */
  reason: string | null
}
