// The app that does nothing: `node app.js <contender>`. Says of itself what it used so far; what only Linux tells is null elsewhere.
import { readdirSync, readFileSync } from 'node:fs'
import { createContender, startApp } from '../http/frameworks.js'
import { answerParent } from '../lib/child.js'

const FRAMEWORK = 'express'
const TASKS = '/proc/self/task'
// of /proc/self/stat, counted from behind the name: page faults of child processes that ended, which none is without
const ENDED_MINOR_FAULTS = 8
const ENDED_MAJOR_FAULTS = 10

const { install } = await createContender(FRAMEWORK, process.argv[2])
const server = await startApp(FRAMEWORK, install)

answerParent({
  port: () => server.address().port,
  mark: () => {
    const { user, system } = process.cpuUsage()
    return {
      cpuMicroseconds: user + system,
      rssBytes: process.memoryUsage.rss(),
      ...(process.platform === 'linux' ? readLinux() : { wakeUps: null, childTraces: null }),
    }
  },
})

function readLinux() {
  const threads = readdirSync(TASKS)
  const status = (id) => readFileSync(`${TASKS}/${id}/status`, 'utf8')
  const children = (id) => readFileSync(`${TASKS}/${id}/children`, 'utf8').split(' ').filter(Boolean).length
  return {
    /** Each time that a thread went to sleep, and so was woken. */
    wakeUps: sum(threads, (id) => Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status(id))?.[1])),
    /** Grows with every child process, by an unknown amount. */
    childTraces: endedFaults() + sum(threads, children),
  }
}

function endedFaults() {
  const text = readFileSync('/proc/self/stat', 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return Number(fields[ENDED_MINOR_FAULTS]) + Number(fields[ENDED_MAJOR_FAULTS])
}

function sum(list, of) {
  return list.reduce((total, each) => total + of(each), 0)
}
