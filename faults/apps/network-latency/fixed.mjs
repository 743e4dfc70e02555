import { Agent } from 'node:http'
import { startParcels } from './parcels.mjs'

const CONNECTIONS = 4

export default function start(given) {
  return startParcels(given, { agent: new Agent({ keepAlive: true, maxSockets: CONNECTIONS }) })
}
