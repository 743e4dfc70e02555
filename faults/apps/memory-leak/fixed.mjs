import { startApi } from './api.mjs'
import { sessionsOf } from './sessions.mjs'

export default function start(given) {
  return startApi(given, { sessions: sessionsOf({ forgets: true }) })
}
