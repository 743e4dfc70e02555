// A contender is only worth its figure if the app behaves as before and every request is counted.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { createApp } from '../http/app.js'
import { CONTENDERS, createContender } from '../http/contenders.js'
import { WORKLOADS } from '../http/workloads.js'

const REQUESTS = 5

test.each(CONTENDERS)('$name answers as the bare app does and counts each request', async ({ name }) => {
  const bare = await answersOf({ middleware: null })
  const contender = await createContender(name)
  const answers = await answersOf(contender)
  expect(answers).toEqual(bare)
  expect(JSON.parse(answers[0].body)).toHaveLength(60)
  if (contender.countRequests === null) expect(name).toBe('bare')
  else await expect.poll(() => contender.countRequests()).toBe(REQUESTS * WORKLOADS.length)
  await contender.middleware?.monitor?.stop()
})

test('a contender that nobody knows is an error', async () => {
  await expect(createContender('fastest')).rejects.toThrow('no contender is called fastest')
})

async function answersOf({ middleware }) {
  const server = createServer(createApp(middleware)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const answers = []
  for (const { path } of WORKLOADS) {
    for (let i = 0; i < REQUESTS; i++) {
      const response = await fetch(`http://127.0.0.1:${server.address().port}${path}`)
      answers.push({ status: response.status, type: response.headers.get('content-type'), body: await response.text() })
    }
  }
  server.close()
  server.closeAllConnections()
  return answers
}
