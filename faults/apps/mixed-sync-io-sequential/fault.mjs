import { gzipSync } from 'node:zlib'
import { startClinic } from './clinic.mjs'

const LINES = 130_000

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
  const text = `Dear ${patient.name}, our findings of ${patient.id} are these. `.repeat(LINES)
  // all of it at once
  return gzipSync(text, { level: 9 })
}
