// One server process: `node server.js <framework> <contender>`, told what to do by its parent.
import { answerParent } from '../lib/child.js'
import { createContender, startApp } from './frameworks.js'

const [framework, name] = process.argv.slice(2)
const { install, countRequests, isActive, countProfiles, prepareWindow } = await createContender(framework, name)
const server = await startApp(framework, install)

answerParent({
  port: () => server.address().port,
  /** How many profiles it began for the window. */
  prepare: () => prepareWindow?.() ?? 0,
  /** CPU time of all threads of the process so far. */
  mark: () => {
    const { user, system } = process.cpuUsage()
    return { cpuMicroseconds: user + system, rssBytes: process.memoryUsage.rss() }
  },
  /** Null for what counts no requests. */
  count: () => (countRequests === null ? null : countRequests()),
  active: () => isActive?.() ?? true,
  profiles: () => countProfiles?.() ?? 0,
})
