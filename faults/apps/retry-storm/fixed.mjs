import { startParcels } from './parcels.mjs'

export default function start(given) {
  return startParcels(given, { attempts: 1, pauseMs: 0 })
}
