import { startLogbook } from './logbook.mjs'

const POSITIONS = 300 // a map shows no more

export default function start(given) {
  return startLogbook(given, { index: 'CREATE INDEX ON entries (vessel);', paceOf, voyageOf })
}

async function paceOf(pool, vessel) {
  const { rows } = await pool.query('SELECT avg(knots) AS mean, max(knots) AS top FROM entries WHERE vessel = $1', [
    vessel,
  ])
  return rows[0]
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
