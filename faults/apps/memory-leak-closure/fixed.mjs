import { startBilling } from './billing.mjs'

const MAX_PENDING = 100
const pending = []

export default function start(given) {
  return startBilling(given, { audit })
}

function audit(invoice) {
  const copy = structuredClone(invoice)
  pending.push(() => copy.lines.length)
  if (pending.length > MAX_PENDING) pending.shift()
}
