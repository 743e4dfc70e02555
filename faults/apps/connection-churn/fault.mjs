import http from 'node:http'
import { startAgency } from './prices.mjs'

export default function start(given) {
  return startAgency(given, () => () => new http.Agent())
}
