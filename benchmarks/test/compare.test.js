import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { compare } from '../compare/compare.js'
import { prepareEarlier, workingTreePackages } from '../compare/earlier.js'
import { OWN_SUBJECTS } from '../compare/measure.js'
import { readCompareOptions } from '../compare/options.js'
import { renderComparison } from '../compare/report.js'
import { missingFigures } from '../lib/check.js'
import { SUBJECTS } from '../micro/subjects.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const TINY = {
  http: { rounds: 1, pairsPerRound: 1, warmupRequests: 80, requestsPerWindow: 100 },
  micro: { rounds: 1, pairsPerRound: 2, warmupMs: 10, windowMs: 5 },
}

// the earlier version is the working tree itself, before it had Fastify
test('two versions are paired; what the earlier one lacks is named and left out', { timeout: 120_000 }, async () => {
  const { core, express } = workingTreePackages(ROOT)
  const prepare = (name) => ({ label: `${name} (fake)`, packages: { core, express } })
  const options = { root: ROOT, now: 'this tree', only: ['http', 'micro'], prepare, onProgress: () => {}, ...TINY }
  const result = await compare('v0', options)
  expect(missingFigures(result)).toEqual([])
  expect(result.earlier).toBe('v0 (fake)')
  expect(result.frameworks.map(({ name, rows }) => [name, rows.map((row) => row.name)])).toEqual([
    ['express', ['same', 'earlier']],
  ])
  expect(result.leftOut).toEqual([expect.stringContaining('Fastify 5: ')])
  expect(result.subjects.map(({ name }) => name).sort()).toEqual([...OWN_SUBJECTS].sort())
  const text = renderComparison(result)
  expect(text).toContain('## this tree over v0 (fake), Node ')
  expect(text).toContain('| this tree over the earlier version | ')
  expect(text).toContain('Left out, the earlier version does not run it: Fastify 5: ')
  expect(text).not.toMatch(/NaN|undefined|not measured/)
})

test('a ref is cloned, installed and built, of the packages that it has', () => {
  const folder = temporaryFolder()
  const { run, commands } = fakeRun({ packages: ['core', 'express'] })
  const { label, packages } = prepareEarlier('HEAD~3', { root: ROOT, folder, run, onProgress: () => {} })
  const clone = join(folder, 'clone')
  expect(label).toBe('HEAD~3 (0123456)')
  expect(packages).toEqual({ core: join(clone, 'packages/core'), express: join(clone, 'packages/express') })
  expect(commands.slice(1).map(([command, args]) => `${command} ${args[0]}`)).toEqual([
    'git clone',
    'git checkout',
    'npm ci',
    'npx turbo',
  ])
  expect(commands.at(-1)[1]).toContain('--filter=@perf-monitor/express...')
  expect(commands.at(-1)[1]).not.toContain('--filter=@perf-monitor/fastify...')
})

test('a version comes from npm; what is neither is refused', () => {
  const folder = temporaryFolder()
  const { run, commands } = fakeRun({ packages: null })
  const { label, packages } = prepareEarlier('0.1.0', { root: ROOT, folder, run, onProgress: () => {} })
  expect(label).toBe('0.1.0 from npm')
  expect(packages.fastify).toBe(join(folder, 'node_modules/@perf-monitor/fastify'))
  expect(commands.at(-1)[1]).toContain('@perf-monitor/core@0.1.0')
  const unknown = () => prepareEarlier('no-such-ref', { root: ROOT, folder, run, onProgress: () => {} })
  expect(unknown).toThrow('no commit of this repository and no version such as 0.1.0 is called no-such-ref')
})

test('the calls that are compared exist; options are checked', () => {
  expect(SUBJECTS.map(({ name }) => name)).toEqual(expect.arrayContaining(OWN_SUBJECTS))
  expect(readCompareOptions(['HEAD~30', '--rounds', '1', '--only', 'micro'])).toMatchObject({
    earlier: 'HEAD~30',
    rounds: 1,
    only: ['micro'],
  })
  expect(() => readCompareOptions([])).toThrow('usage: npm run bench:compare')
  expect(() => readCompareOptions(['HEAD', '--only', 'idle'])).toThrow('--only takes some of http,micro, got idle')
})

/** @param {{ packages: string[] | null }} options of the ref; null: git knows none */
function fakeRun({ packages }) {
  const commands = []
  const run = (command, args) => {
    commands.push([command, args])
    if (args[0] === 'rev-parse' && packages === null) throw new Error('unknown revision')
    if (args[0] === 'clone') {
      for (const name of packages) {
        const folder = join(args.at(-1), 'packages', name)
        mkdirSync(folder, { recursive: true })
        writeFileSync(join(folder, 'package.json'), '{}')
      }
    }
    return args[0] === 'rev-parse' ? '0123456789abcdef\n' : ''
  }
  return { run, commands }
}

function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'compare-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}
