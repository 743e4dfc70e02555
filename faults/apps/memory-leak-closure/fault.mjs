import { startBilling } from './billing.mjs'

const pending = []

export default function start(given) {
  return startBilling(given, { audit })
}

function audit(invoice) {
  const copy = structuredClone(invoice) // kept for a report that nobody fetches
  pending.push(() => copy.lines.length)
}
