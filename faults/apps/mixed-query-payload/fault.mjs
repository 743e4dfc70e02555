import { startLogbook } from './logbook.mjs'

const POSITIONS = 60_000

export default function start(given) {
  return startLogbook(given, { index: '', paceOf, voyageOf })
}

async function paceOf(pool, vessel) {
  // no index for it
  const { rows } = await pool.query('SELECT avg(knots) AS mean, max(knots) AS top FROM entries WHERE vessel = $1', [
    vessel,
  ])
  return rows[0]
}

function voyageOf(id) {
  // every position of the voyage
  return Array.from({ length: POSITIONS }, (_, i) => ({
    voyage: id,
    at: 1_700_000_000 + 60 * i,
    latitude: 50 + i / 1000,
    longitude: -10 - i / 700,
    remark: 'under way using engine',
  }))
}
