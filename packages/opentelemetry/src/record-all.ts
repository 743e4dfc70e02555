// Spans that a sampler drops never reach a span processor. Recorded but not sampled, they are counted here and exported nowhere.
import type { Attributes, Context, Link, SpanKind } from '@opentelemetry/api'

/** By shape a `Sampler` of OpenTelemetry's SDK. */
export interface SamplerLike<Result extends { decision: number } = { decision: number }> {
  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    spanKind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): Result
  toString(): string
}

const NOT_RECORD = 0
const RECORD = 1

/** As `sampler` decides, but what it would drop is recorded: exporters still leave it out, this bridge counts it. */
export function recordAll<Result extends { decision: number }>(sampler: SamplerLike<Result>): SamplerLike<Result> {
  return {
    shouldSample(...asked) {
      const result = sampler.shouldSample(...asked)
      return result.decision === NOT_RECORD ? { ...result, decision: RECORD } : result
    },
    toString: () => `RecordAll{${sampler.toString()}}`,
  }
}
