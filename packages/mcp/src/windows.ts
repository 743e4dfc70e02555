import { z } from 'zod'
import { PerfError } from './perf-client.js'

const MINUTE_MS = 60_000
const MAX_MINUTES = 7 * 24 * 60
export const DEFAULT_MINUTES = 10

export const minutes = z
  .number()
  .int()
  .min(1)
  .max(MAX_MINUTES)
  .optional()
  .describe(`How far back to look, in minutes until now; default ${DEFAULT_MINUTES}`)

export const moment = z.string().max(40).describe('ISO 8601 with a zone, e.g. 2026-11-23T14:05:00Z')

export interface TimeWindow {
  from: string
  to: string
}

export function lastMinutes(count = DEFAULT_MINUTES, now = Date.now()): TimeWindow {
  return { from: new Date(now - count * MINUTE_MS).toISOString(), to: new Date(now).toISOString() }
}

/** @throws PerfError */
export function momentOf(name: string, text: string): number {
  const epoch = Date.parse(text)
  if (!Number.isFinite(epoch)) throw new PerfError(`\`${name}\` is no time: write it as 2026-11-23T14:05:00Z`)
  return epoch
}
