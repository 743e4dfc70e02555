import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { startClinic } from './clinic.mjs'

const LINES = 130_000
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
  const text = `Dear ${patient.name}, our findings of ${patient.id} are these. `.repeat(LINES)
  return pack(text, { level: 9 })
}
