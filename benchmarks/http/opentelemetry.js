import { registerInstrumentations } from '@opentelemetry/instrumentation'
import { registerSpans } from '../lib/spans.js'

/**
 * @param {object} options
 * @param {import('@opentelemetry/instrumentation').Instrumentation[]} options.instrumentations
 * @param {import('@opentelemetry/sdk-trace-base').Sampler} options.sampler asked for every span, whether it keeps any or none
 * @param {(name: string, kind: import('@opentelemetry/api').SpanKind) => void} options.onSpan
 */
export function startTracing({ instrumentations, sampler, onSpan }) {
  const watched = {
    shouldSample(...args) {
      onSpan(args[2], args[3])
      return sampler.shouldSample(...args)
    },
    toString: () => sampler.toString(),
  }
  registerSpans(watched)
  registerInstrumentations({ instrumentations })
}
