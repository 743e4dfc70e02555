import { defineConfig } from 'vitest/config'
import { suite } from '../vitest.shared.js'

// real servers, child processes and browsers: files one after another, so that none measures another's load
export default defineConfig({ test: { ...suite('tests', '**/*.test.ts'), fileParallelism: false } })
