// What only Linux tells of a process, from /proc.
import { readdirSync, readFileSync } from 'node:fs'

export const IS_LINUX = process.platform === 'linux'

const TASKS = '/proc/self/task'
// of /proc/self/stat, counted from behind the name; page faults of child processes that ended: none is without
const ENDED_MINOR_FAULTS = 8
const ENDED_MAJOR_FAULTS = 10
const ENDED_USER_TICKS = 13
const ENDED_SYSTEM_TICKS = 14
const MS_PER_TICK = 10 // USER_HZ is 100 wherever Node runs

/** Each time that a thread of this process went to sleep, and so was woken. */
export function wakeUps() {
  const status = (id) => readFileSync(`${TASKS}/${id}/status`, 'utf8')
  return sum(readdirSync(TASKS), (id) => Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status(id))?.[1]))
}

/** Grows with every child process of any thread, by an unknown amount. */
export function childTraces() {
  const children = (id) => readFileSync(`${TASKS}/${id}/children`, 'utf8').split(' ').filter(Boolean).length
  const fields = statFields()
  return fields[ENDED_MINOR_FAULTS] + fields[ENDED_MAJOR_FAULTS] + sum(readdirSync(TASKS), children)
}

/** CPU time of child processes that ended, ms. */
export function endedChildrenMs() {
  const fields = statFields()
  return (fields[ENDED_USER_TICKS] + fields[ENDED_SYSTEM_TICKS]) * MS_PER_TICK
}

/** CPU time of the main thread, ms, to the nanosecond. */
export function mainThreadMs() {
  return Number(readFileSync(`${TASKS}/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
}

function statFields() {
  const text = readFileSync('/proc/self/stat', 'utf8')
  return text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
}

function sum(list, of) {
  return list.reduce((total, each) => total + of(each), 0)
}
