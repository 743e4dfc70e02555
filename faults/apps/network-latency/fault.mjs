import { Agent } from 'node:http'
import { startParcels } from './parcels.mjs'

export default function start(given) {
  return startParcels(given, { agent: new Agent({ keepAlive: false }) })
}
