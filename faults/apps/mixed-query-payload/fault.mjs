import { startLogbook } from './logbook.mjs'

const POSITIONS = 25_000

export default function start(given) {
  return startLogbook(given, { index: '', latestOf, voyageOf })
}

async function latestOf(pool, vessel) {
  // no index for it
  const { rows } = await pool.query('SELECT id, knots, note FROM entries WHERE vessel = $1 ORDER BY id DESC LIMIT 10', [
    vessel,
  ])
  return rows
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
