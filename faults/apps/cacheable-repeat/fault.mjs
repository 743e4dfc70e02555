import { startTariffs } from './tariffs.mjs'

export default function start(given) {
  return startTariffs(given, { cached: (_region, compute) => compute() })
}
