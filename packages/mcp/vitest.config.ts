import { defineConfig } from 'vitest/config'
import { suite } from '../../vitest.shared.js'

export default defineConfig({ test: suite('mcp') })
