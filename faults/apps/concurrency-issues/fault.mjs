import { startExams } from './exams.mjs'

let queue = Promise.resolve()

export default function start(given) {
  return startExams(given, { guarded })
}

/** One at a time, for all exams together. */
function guarded(_exam, work) {
  const result = queue.then(work)
  queue = result.catch(() => {})
  return result
}
