import { DEFAULT_THRESHOLDS } from '../../../src/config/defaults.js'

/** What the rules get unless a test says otherwise: the defaults of the contract. */
export const OPTIONS = { thresholds: DEFAULT_THRESHOLDS, minimumCount: 20, stallThresholdMs: 100 }
