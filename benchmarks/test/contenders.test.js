// A contender is only worth its figure if the app behaves as before and every request is counted. Each has a process of its own: some
// instrument whatever the process loads.
import { expect, onTestFinished, test } from 'vitest'
import { INSTRUMENT_NAMES } from '../../packages/core/dist/types/instruments.js'
import { createContender, FRAMEWORKS, pairingsOf } from '../http/frameworks.js'
import { NOTHING } from '../http/perf-monitor.js'
import { WORKLOADS } from '../http/workloads.js'
import { startChild } from '../lib/child.js'

const REQUESTS = 5
const SERVER = new URL('../http/server.js', import.meta.url)

const UNCOUNTED = ['bare', 'under-pressure']

const cases = FRAMEWORKS.flatMap((framework) =>
  [...new Set(pairingsOf(framework).map(({ contender }) => contender))].map((name) => ({
    framework: framework.name,
    name,
  })),
)

test.each(cases)(
  '$framework $name answers as the bare app does and counts each request',
  async ({ framework, name }) => {
    const contender = start(framework, name)
    const answers = await answersOf(contender)
    expect(answers).toEqual(await bareAnswersOf(framework))
    expect(JSON.parse(answers[REQUESTS * WORKLOADS.findIndex(({ name }) => name === 'list')].body)).toHaveLength(60)
    if (UNCOUNTED.includes(name)) expect(await contender.ask('count')).toBeNull()
    else await expect.poll(() => contender.ask('count')).toBe(REQUESTS * WORKLOADS.length)
    expect(await contender.ask('active')).toBe(true)
  },
)

test.each(['express', 'fastify'])(
  '%s: a profile runs in each window of the profiled ones, and in no other',
  async (framework) => {
    for (const name of ['perf-monitor-profiled', 'perf-monitor-profiled-1ms']) {
      const contender = start(framework, name)
      expect(await contender.ask('prepare')).toBe(1)
      expect(await contender.ask('prepare')).toBe(0)
      expect(await contender.ask('profiles')).toBe(1)
    }
    const everything = start(framework, 'perf-monitor-everything')
    expect(await everything.ask('prepare')).toBe(0)
    expect(await everything.ask('profiles')).toBe(0)
  },
)

test('the spine only is without all that can be switched off', () => {
  expect(Object.keys(NOTHING.instruments)).toEqual([...INSTRUMENT_NAMES])
})

test('everything on includes the header, the spine is without', async () => {
  const headerOf = async (name) => {
    const port = await start('express', name).ask('port')
    const { headers } = await fetch(`http://127.0.0.1:${port}${WORKLOADS[0].path}`)
    return headers.get('server-timing')
  }
  expect(await headerOf('perf-monitor-everything')).toContain('dur=')
  expect(await headerOf('perf-monitor-off')).toBeNull()
})

test('a contender that nobody knows is an error', async () => {
  await expect(createContender('express', 'fastest')).rejects.toThrow('no contender is called express fastest')
})

function start(framework, name) {
  const child = startChild({ url: SERVER, args: [framework, name] })
  onTestFinished(() => child.stop())
  return child
}

const bareAnswers = new Map()

async function bareAnswersOf(framework) {
  if (!bareAnswers.has(framework)) bareAnswers.set(framework, await answersOf(start(framework, 'bare')))
  return bareAnswers.get(framework)
}

async function answersOf(child) {
  const port = await child.ask('port')
  const answers = []
  for (const { path } of WORKLOADS) {
    for (let i = 0; i < REQUESTS; i++) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`)
      answers.push({ status: response.status, type: response.headers.get('content-type'), body: await response.text() })
    }
  }
  return answers
}
