import { describe, expect, it } from 'vitest'
import { eventLoopBlocked } from '../../../src/optimizer/rules/event-loop-blocked.js'
import { syncIo } from '../../../src/optimizer/rules/sync-io.js'
import { syncApi } from '../../../src/optimizer/sync-apis.js'
import { constant, type WindowDescription } from '../../helpers/window.js'
import { analyse } from './analyse.js'
import { at, profile, stall } from './captured.js'

const rule = syncIo()
const LOGIN: WindowDescription = {
  operations: [
    { operation: 'POST /login', durations: [...constant(100, 120), ...constant(20, 300)] },
    { operation: 'GET /', durations: [...constant(400, 2), ...constant(100, 110)] },
  ],
  runtime: { eventLoopUtilizationPercent: constant(60, 26), 'eventLoopDelay.maxMs': constant(60, 125) },
}
const HASHING = profile([
  { location: at('src/auth.js', 20, 'verify'), api: 'pbkdf2Sync', self: 1100, operations: { 'POST /login': 1100 } },
  { location: at('src/auth.js', 40, 'token'), self: 100, operations: { 'POST /login': 100 } },
])

describe('sync-io', () => {
  it('names the API, its caller and its twin; the work is still waited for', () => {
    const stalls = [stall({ count: 40, totalMs: 4800, location: null, operation: 'POST /login' })]
    const captures = { stalls, profiles: [HASHING] }
    const [finding, ...more] = analyse(rule, LOGIN, { captures })
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({
      type: 'sync-io',
      operation: 'POST /login',
      location: { file: 'src/auth.js', line: 20 },
    })
    expect(finding?.recommendations[0]?.title).toBe(
      'Call `crypto.pbkdf2` (or its promisified form) instead of `pbkdf2Sync` at src/auth.js:20',
    )
    expect(finding?.recommendations[0]?.estimatedImpact?.predicted).toBeCloseTo(122, 0)
    expect(analyse(eventLoopBlocked(), LOGIN, { captures })).toEqual([])
  })

  it('finds many short calls by a profile, in whatever operations they run', () => {
    const operations = [
      { operation: 'GET /a', durations: constant(1500, 4) },
      { operation: 'GET /b', durations: constant(1500, 4) },
    ]
    const runtime = { eventLoopUtilizationPercent: constant(60, 31), 'eventLoopDelay.maxMs': constant(60, 9) }
    const profiles = [
      profile([
        {
          location: at('src/config.js', 5, 'load'),
          api: 'readFileSync',
          self: 750,
          operations: { 'GET /a': 400, 'GET /b': 350 },
        },
        { location: at('src/a.js', 5, 'render'), self: 300, operations: { 'GET /a': 300 } },
      ]),
    ]
    const [finding, ...more] = analyse(rule, { operations, runtime }, { captures: { profiles } })
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({ operation: 'GET /a', location: { file: 'src/config.js', line: 5 } })
    expect(finding?.recommendations[0]?.description).toContain('best read once')
  })

  it('leaves a rare look at the disk alone', () => {
    const profiles = [
      profile(
        [{ location: at('src/config.js', 5, 'load'), api: 'existsSync', self: 20, operations: { 'GET /': 20 } }],
        { total: 900 },
      ),
    ]
    expect(analyse(rule, LOGIN, { captures: { profiles } })).toEqual([])
  })

  it.each([
    ['readFileSync', /fs\.promises\.readFile/],
    ['fs.writeFileSync', /fs\.promises\.writeFile/],
    ['execSync', /child_process\.exec/],
    ['brotliCompressSync', /zlib\.brotliCompress/],
    ['require', /import/],
  ])('knows the twin of %s', (api, twin) => {
    expect(syncApi(api)?.twin).toMatch(twin)
  })

  it.each([null, 'JSON.parse', 'sort', 'randomBytes', 'Sync', 'readFile'])('does not take %s for one', (api) => {
    expect(syncApi(api)).toBeNull()
  })
})
