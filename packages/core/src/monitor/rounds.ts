// The diagnosis' rounds: what they look at, who hears of it, and who takes the captures they want.
import type { AdviceKeeper } from '../advisor/advice.js'
import type { ResourceCensusTaker } from '../census/census.js'
import { ProfileRefusal } from '../errors.js'
import type { MemoryHistory } from '../history/memory-history.js'
import type { Analysis } from '../optimizer/optimizer.js'
import { checkHeadroom, measureMemory } from '../profiler/headroom.js'
import type { PerformanceProfiler } from '../profiler/profiler.js'
import type { WantedCapture } from '../types/captures.js'
import type { ResolvedConfig } from '../types/config.js'
import type { Reader } from './reader.js'

export interface RoundParts {
  reader: Reader
  /** `null` without an advisor. */
  advice: AdviceKeeper | null
  isRunning: () => boolean
}

/** A live round; the advisor hears of what it found. */
export async function analyseRecent(parts: RoundParts, windowMs: number): Promise<Analysis> {
  const { reader, advice, isRunning } = parts
  const { from, to } = reader.boundsOf({ windowMs })
  const analysis = await reader.findings({ from, to }, { live: true })
  const window = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
  if (isRunning()) advice?.consider({ window, ...analysis })
  return analysis
}

export interface CaptureTakers {
  config: ResolvedConfig
  profiler: PerformanceProfiler
  census: ResourceCensusTaker
  history: MemoryHistory
}

/** Resolves when it is complete. @throws ProfileRefusal, as a rejection */
export async function takeCapture(takers: CaptureTakers, { type }: WantedCapture, durationMs: number): Promise<void> {
  const { config, profiler, census, history } = takers
  if (type !== 'census') {
    await profiler.capture({ type, durationMs, gentle: true })
    return
  }
  if (!config.enableProfiling) throw new ProfileRefusal('off', 'captures are switched off in the configuration')
  checkHeadroom({
    ...measureMemory(),
    eventLoopUtilizationPercent: history.latest.runtime?.eventLoopUtilizationPercent ?? null,
  })
  await census.take(durationMs)
}
