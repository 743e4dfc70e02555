import { createRequire } from 'node:module'
import { defineConfig } from 'vitest/config'
import { suite } from '../../vitest.shared.js'

// the workspace of tests has Nest 11, this one Nest 12
const requireOfTests = createRequire(new URL('../../tests/package.json', import.meta.url))
const NEST_11 = ['common', 'core', 'platform-express', 'platform-fastify'].map((name) => ({
  find: `@nestjs/${name}`,
  replacement: requireOfTests.resolve(`@nestjs/${name}`),
}))
const { reporters, ...shared } = suite('nestjs')

export default defineConfig({
  test: {
    reporters,
    projects: [
      { test: { ...shared, name: 'Nest 12' } },
      {
        // gateways and microservices: their packages are installed for Nest 12 only
        test: { ...shared, name: 'Nest 11', exclude: ['test/transports.test.ts'] },
        resolve: { alias: NEST_11 },
      },
    ],
  },
})
