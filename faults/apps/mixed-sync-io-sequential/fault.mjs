import { gzipSync } from 'node:zlib'
import { startClinic } from './clinic.mjs'

const FINDINGS = Array.from(
  { length: 80_000 },
  (_, i) => `value ${(i * 7919) % 10_007} of ${(i * 104_729) % 65_537}`,
).join('; ')

export default function start(given) {
  return startClinic(given, { overviewOf, letterOf })
}

async function overviewOf(registers, day) {
  // one register after the other
  const appointments = await registers.appointments(day)
  const beds = await registers.beds(day)
  const staff = await registers.staff(day)
  return { appointments, beds, staff }
}

async function letterOf(patient) {
  const text = `Dear ${patient.name}, our findings are these: ${FINDINGS}`
  // all of it at once
  return gzipSync(text, { level: 9 })
}
