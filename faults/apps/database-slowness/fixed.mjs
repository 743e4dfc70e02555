import { startHelpDesk } from './tickets.mjs'

export default function start(given) {
  return startHelpDesk(given, { index: true })
}
