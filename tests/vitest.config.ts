import { defineConfig } from 'vitest/config'
import { reporters } from '../vitest.shared.js'

// real servers, child processes and browsers: files one after another, so that none measures another's load
export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: reporters('tests'),
  },
})
