import http from 'node:http'
import { startAgency } from './prices.mjs'

export default function start(given) {
  return startAgency(given, () => {
    const shared = new http.Agent({ keepAlive: true })
    return () => shared
  })
}
