import { startExams } from './exams.mjs'

const queues = new Map()

export default function start(given) {
  return startExams(given, { guarded })
}

/** One at a time for each exam. */
function guarded(exam, work) {
  const result = (queues.get(exam) ?? Promise.resolve()).then(work)
  const settled = result.catch(() => {}).then(() => queues.get(exam) === settled && queues.delete(exam))
  queues.set(exam, settled)
  return result
}
