// The app that does nothing: `node app.js <contender>`. Says of itself what it used so far; what only Linux tells is null elsewhere.
import { createContender, startApp } from '../http/frameworks.js'
import { answerParent } from '../lib/child.js'
import { childTraces, IS_LINUX, wakeUps } from '../lib/linux.js'

const FRAMEWORK = 'express'

const { install } = await createContender(FRAMEWORK, process.argv[2])
const server = await startApp(FRAMEWORK, install)

answerParent({
  port: () => server.address().port,
  mark: () => {
    const { user, system } = process.cpuUsage()
    return {
      cpuMicroseconds: user + system,
      rssBytes: process.memoryUsage.rss(),
      wakeUps: IS_LINUX ? wakeUps() : null,
      childTraces: IS_LINUX ? childTraces() : null,
    }
  },
})
