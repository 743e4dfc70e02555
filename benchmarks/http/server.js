// One server process: `node server.js <contender>`, told what to do by its parent.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { answerParent } from '../lib/child.js'
import { createApp } from './app.js'
import { createContender } from './contenders.js'

const { middleware, countRequests } = await createContender(process.argv[2])
const server = createServer(createApp(middleware)).listen(0, '127.0.0.1')
await once(server, 'listening')

answerParent({
  port: () => server.address().port,
  /** CPU time of all threads of the process so far. */
  mark: () => {
    const { user, system } = process.cpuUsage()
    return { cpuMicroseconds: user + system, rssBytes: process.memoryUsage.rss() }
  },
  /** Null for the bare app, which counts nothing. */
  count: () => (countRequests === null ? null : countRequests()),
})
