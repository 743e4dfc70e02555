import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { startClinic } from './clinic.mjs'

const FINDINGS = Array.from(
  { length: 80_000 },
  (_, i) => `value ${(i * 7919) % 10_007} of ${(i * 104_729) % 65_537}`,
).join('; ')
const pack = promisify(gzip)

export default function start(given) {
  return startClinic(given, { overviewOf, letterOf })
}

async function overviewOf(registers, day) {
  const [appointments, beds, staff] = await Promise.all([
    registers.appointments(day),
    registers.beds(day),
    registers.staff(day),
  ])
  return { appointments, beds, staff }
}

function letterOf(patient) {
  const text = `Dear ${patient.name}, our findings are these: ${FINDINGS}`
  return pack(text, { level: 9 })
}
