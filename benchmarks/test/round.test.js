import { expect, test } from 'vitest'
import { measureRound } from '../http/round.js'
import { WORKLOADS } from '../http/workloads.js'

const SIZES = { pairsPerRound: 2, warmupRequests: 80, requestsPerWindow: 60, cores: null }
const SERVER = new URL('fixtures/counting-server.js', import.meta.url)

test('pairs for each workload, of windows by turns', async () => {
  const { windows, warmup, ownProfiles } = await roundOf('none')
  expect(windows.map((pairs) => pairs.length)).toEqual(WORKLOADS.map(() => SIZES.pairsPerRound))
  for (const { bare, contender } of windows.flat()) {
    for (const figures of [bare, contender]) {
      expect(figures.cpuMicrosecondsPerRequest).toBeGreaterThan(0)
      expect(figures.requestsPerSecond).toBeGreaterThan(0)
    }
  }
  expect(warmup.bare).toBeGreaterThan(0)
  expect(warmup.contender).toBeGreaterThan(0)
  expect(ownProfiles).toBe(0)
})

test('who missed a request, or measures nothing, has no figure', async () => {
  // three workloads, 80 and twice half of 60 requests each
  await expect(roundOf('missed')).rejects.toThrow('the missed one counted 419 of 420 requests')
  await expect(roundOf('inactive')).rejects.toThrow('the inactive one measured nothing')
  await expect(roundOf('uncounted')).resolves.toBeDefined()
})

test('profiles that were begun for the windows are not of its own accord', async () => {
  // one begun for each of twelve turns of the warm-up and six windows, twenty-one were taken
  await expect(roundOf('profiled')).resolves.toMatchObject({ ownProfiles: 3 })
})

function roundOf(fault) {
  const side = (name) => ({ label: `the ${name} one`, url: SERVER, args: [name] })
  return measureRound({ ...SIZES, windowShare: 0.5, partner: side('none'), contender: side(fault) })
}
