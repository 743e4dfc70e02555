// A contender is only worth its figure if the app behaves as before and every request is counted. Each has a process of its own: some
// instrument whatever the process loads.
import { expect, onTestFinished, test } from 'vitest'
import { createContender, FRAMEWORKS } from '../http/frameworks.js'
import { WORKLOADS } from '../http/workloads.js'
import { startChild } from '../lib/child.js'

const REQUESTS = 5
const SERVER = new URL('../http/server.js', import.meta.url)

const cases = FRAMEWORKS.flatMap((framework) =>
  framework.contenders.map(({ name }) => ({ framework: framework.name, name })),
)

test.each(cases)(
  '$framework $name answers as the bare app does and counts each request',
  async ({ framework, name }) => {
    const bare = start(framework, 'bare')
    const contender = start(framework, name)
    const answers = await answersOf(contender)
    expect(answers).toEqual(await answersOf(bare))
    expect(JSON.parse(answers[0].body)).toHaveLength(60)
    if (name === 'bare') expect(await contender.ask('count')).toBeNull()
    else await expect.poll(() => contender.ask('count')).toBe(REQUESTS * WORKLOADS.length)
  },
)

test('a contender that nobody knows is an error', async () => {
  await expect(createContender('express', 'fastest')).rejects.toThrow('no contender is called express fastest')
})

function start(framework, name) {
  const child = startChild({ url: SERVER, args: [framework, name] })
  onTestFinished(() => child.stop())
  return child
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
