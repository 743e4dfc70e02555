// An app judged: the fault, then the repaired twin, and what was promised against what the twin shows.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { APPS, causesOf } from './catalog.mjs'
import { feltBy } from './felt.mjs'
import { judge, shortcomings, withoutUnfelt } from './judge.mjs'
import { compare, promiseOf } from './prediction.mjs'
import { missingFor } from './services.mjs'
import { runTrial } from './trial.mjs'

const ROOT = dirname(APPS) // the folder with the package.json that an app started from apps/ belongs to

export async function examine(app, options) {
  const about = { name: app.name, healthy: app.healthy, causes: causesOf(app.note).map(({ cause }) => cause) }
  const missing = missingFor(app.note)
  if (missing !== null) return { ...about, skipped: missing, shortcomings: [] }
  try {
    return { ...about, ...(await examined(app, options)) }
  } catch (error) {
    return {
      ...about,
      error: [error?.message ?? error, error?.cause?.message].filter(Boolean).join(': '),
      shortcomings: ['could not be run'],
    }
  }
}

async function examined(app, options) {
  const causes = causesOf(app.note)
  const { folder, note } = app
  // which of several causes is felt most is another question when others wait for them as well
  const anyOrder = note.anyOrder || options.beside > 0
  const of = { folder, root: ROOT, tolerates: note.tolerates, anyOrder }
  const fault = await runTrial(app, 'fault', options)
  keep(options.reports, app.healthy ? app.name : `${app.name}.fault`, fault)
  const machine = machineOf(fault)
  let judgement = judge({ ...of, report: fault.report, causes })
  // with less load than the app was made for, a cause may be there without any effect: its twin tells
  const mayBeUnfelt = options.load < 1 && judgement.found.some(({ found }) => !found)
  if (app.healthy || !(options.twin || mayBeUnfelt))
    return { judgement, machine, twin: null, prediction: null, shortcomings: shortcomings({ judgement, twin: null }) }
  const fixed = await runTrial(app, 'fixed', options)
  keep(options.reports, `${app.name}.fixed`, fixed)
  const twin = judge({ ...of, report: fixed.report, causes: [], tolerates: [] })
  if (mayBeUnfelt && feltBy({ fault: fault.load, twin: fixed.load }) === null) judgement = withoutUnfelt(judgement, of)
  const promise = promiseOf(fault.report, judgement.found[0].finding)
  const prediction = promise === null ? null : compare({ promise, predicts: note.predicts, twin: fixed })
  return { judgement, machine, twin, prediction, shortcomings: shortcomings({ judgement, twin }) }
}

/** Of the whole host: a run on a machine that others fill says little about times. */
function machineOf({ history }) {
  const values = (history.system.cpuUsagePercent ?? []).filter((value) => typeof value === 'number')
  return { cpuUsagePercent: values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length }
}

function keep(folder, name, trial) {
  if (folder === null) return
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(trial, null, 1))
}
