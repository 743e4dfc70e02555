import { AggregationType } from '@opentelemetry/sdk-metrics'
import { quantileOfExponential } from '../quantiles.js'
import { create as createWith } from './opentelemetry-explicit.js'

/** 160 buckets are the SDK's default: it halves their number per doubling whenever the values need more. */
export function create() {
  const aggregation = { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: 160, recordMinMax: true } }
  return createWith({ aggregation, read: quantileOfExponential })
}
