import { startParcels } from './parcels.mjs'

export default function start(given) {
  return startParcels(given, { attempts: 5, pauseMs: 20 })
}
