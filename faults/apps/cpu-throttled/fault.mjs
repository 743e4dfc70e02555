// The quota of its container is a quarter of a core: see note.json.
export { startCharts as default } from './charts.mjs'
