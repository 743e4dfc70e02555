import { describeRange } from '../state/range.js'
import type { State } from '../state/state.js'
import { formatSpan } from '../time.js'

/** The shown time in words: a report's own, whatever range its address asks for. */
export function shownTime({ reportWindow, route }: State): string {
  return reportWindow === null
    ? describeRange(route.range, formatSpan)
    : formatSpan(reportWindow.fromMs, reportWindow.toMs)
}
