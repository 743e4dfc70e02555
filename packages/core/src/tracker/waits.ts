// Time that runs spent waiting for something that was busy with others. Parallel waits add up, as the durations of parallel calls do.

/** What a `pool` operation waits for: a socket of an `http.Agent`, or a connection of any other pool. */
export type WaitKind = 'socket' | 'pool'

/** Summed over runs. */
export interface WaitSums {
  poolMs: number
  socketMs: number
}

/** As a wait is named: `agent host`, anything else is a pool of connections. */
export function waitKindOf(component: string, operation: string): WaitKind | null {
  if (component !== 'pool') return null
  return operation.startsWith('agent ') ? 'socket' : 'pool'
}

export function addWait(sums: WaitSums, kind: WaitKind, durationMs: number): void {
  if (kind === 'pool') sums.poolMs += durationMs
  else sums.socketMs += durationMs
}

export function noWaits(): WaitSums {
  return { poolMs: 0, socketMs: 0 }
}
