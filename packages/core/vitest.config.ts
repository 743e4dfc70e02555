import { defineConfig } from 'vitest/config'
import { suite } from '../../vitest.shared.js'

// Watchdog and profiler in processes of their own: what they see of a blocked loop depends on how much CPU the machine leaves
// them. `npm run test:processes` runs them.
const PROCESSES = ['test/watchdog/watchdog.test.ts', 'test/profiler/capture.test.ts']

const only = process.env.PERF_PROCESSES === '1'
const test = suite(only ? 'core-processes' : 'core')
export default defineConfig({ test: only ? { ...test, include: PROCESSES } : { ...test, exclude: PROCESSES } })
