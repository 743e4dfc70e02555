// The instruments that come with the monitor, one file each. The key that switches one off is its name.
import {
  INSTRUMENT_NAMES,
  type InstrumentHealth,
  type InstrumentName,
  type InstrumentSwitches,
} from '../types/instruments.js'
import { BetterSqlite3Instrument } from './better-sqlite3.js'
import { FetchInstrument } from './fetch.js'
import { HttpInstrument } from './http.js'
import type { Instrument, InstrumentOptions } from './instrument.js'
import { IoredisInstrument } from './ioredis.js'
import { LibraryPoolInstrument } from './library-pools.js'
import { ModuleWatch } from './module-watch.js'
import { MongodbInstrument } from './mongodb.js'
import { MongooseInstrument } from './mongoose.js'
import { Mysql2Instrument } from './mysql2.js'
import { PgInstrument } from './pg.js'
import { RedisInstrument } from './redis.js'

export interface BuiltInOptions extends InstrumentOptions {
  enabled?: Readonly<InstrumentSwitches>
  /** Node's module cache, but for tests. */
  modules?: ModuleWatch
}

export function builtInInstruments({
  tracker,
  guard,
  clock,
  pools,
  enabled = {},
  modules,
}: BuiltInOptions): Instrument[] {
  const shared = { tracker, guard, clock, pools, modules: modules ?? new ModuleWatch({ clock, guard }) }
  const isOn = (name: InstrumentName) => enabled[name] !== false
  const make: Record<InstrumentName, () => Instrument> = {
    http: () => new HttpInstrument(shared),
    fetch: () => new FetchInstrument(shared),
    pg: () => new PgInstrument(shared),
    mysql2: () => new Mysql2Instrument(shared),
    'better-sqlite3': () => new BetterSqlite3Instrument(shared),
    ioredis: () => new IoredisInstrument(shared),
    redis: () => new RedisInstrument(shared),
    mongodb: () => new MongodbInstrument({ ...shared, isMongooseSeen: isOn('mongoose') }),
    mongoose: () => new MongooseInstrument(shared),
    tarn: () => new LibraryPoolInstrument('tarn', shared),
    'sequelize-pool': () => new LibraryPoolInstrument('sequelize-pool', shared),
    'generic-pool': () => new LibraryPoolInstrument('generic-pool', shared),
  }
  return INSTRUMENT_NAMES.filter(isOn).map((name) => make[name]())
}

export function instrumentHealth(instruments: readonly Instrument[]): InstrumentHealth[] {
  return instruments
    .map(({ name, state }) => ({ name, seen: state.seen, reason: state.reason }))
    .filter(({ seen, reason }) => seen || reason !== null)
}
