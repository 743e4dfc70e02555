import { join } from 'node:path'
import type { ViteUserConfig } from 'vitest/config'

const PATIENCE_MS = 120_000 // no test fails because a machine is slow: this is for tests that hang

/** What all suites share. In CI each also leaves its counts for the closing line of `.ci/run`. */
export function suite(name: string, include = 'test/**/*.test.ts'): NonNullable<ViteUserConfig['test']> {
  const folder = process.env.TEST_REPORTS
  const outputFile = join(folder ?? '', `${name}-node${process.versions.node}.json`)
  return {
    include: [include],
    testTimeout: PATIENCE_MS,
    hookTimeout: PATIENCE_MS,
    reporters: folder === undefined ? ['default'] : ['default', ['json', { outputFile }]],
  }
}
