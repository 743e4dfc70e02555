// The quota of its container is a whole core: see note.json.
export { startCharts as default } from './charts.mjs'
