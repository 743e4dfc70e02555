import { startLogbook } from './logbook.mjs'

const POSITIONS = 250 // one in a hundred: a map shows no more

export default function start(given) {
  return startLogbook(given, { index: 'CREATE INDEX ON entries (vessel, id);', latestOf, voyageOf })
}

async function latestOf(pool, vessel) {
  const { rows } = await pool.query('SELECT id, knots, note FROM entries WHERE vessel = $1 ORDER BY id DESC LIMIT 10', [
    vessel,
  ])
  return rows
}

function voyageOf(id) {
  return Array.from({ length: POSITIONS }, (_, i) => ({
    voyage: id,
    at: 1_700_000_000 + 6000 * i,
    latitude: 50 + i / 10,
    longitude: -10 - i / 7,
    remark: 'under way using engine',
  }))
}
