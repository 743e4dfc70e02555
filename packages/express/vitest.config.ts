import { defineConfig } from 'vitest/config'

// a slow machine fails no test: the limit is for what hangs
export default defineConfig({ test: { include: ['test/**/*.test.ts'], testTimeout: 60_000 } })
