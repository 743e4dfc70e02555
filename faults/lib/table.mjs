// The table of a run, as Markdown: printed, and kept in docs/diagnosis.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { median } from './prediction.mjs'

const BEGIN = '<!-- faults: begin (written by `npm run faults -- --write`) -->'
const END = '<!-- faults: end -->'
const OTHERS_BEGIN =
  '<!-- faults at other loads: begin (written by `npm run faults -- --write` with `--load` or `--beside`) -->'
const OTHERS_END = '<!-- faults at other loads: end -->'
const GOOD_PREDICTION_PERCENT = 25

export function tableOf(results) {
  const faulty = results.filter(({ healthy }) => !healthy)
  const healthy = results.filter((each) => each.healthy)
  const lines = []
  if (faulty.length > 0) {
    lines.push(
      '| app | true cause | found | ranked first | operation | place | false alarms | twin silent | predicted / twin |',
      '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
      ...faulty.map(faultyRow),
      '',
    )
  }
  if (healthy.length > 0) {
    lines.push('| healthy app | medium or graver findings |', '| --- | --- |', ...healthy.map(healthyRow), '')
  }
  return [...lines, ...totalsOf(results)].join('\n')
}

function faultyRow({ name, causes, skipped, error, judgement, twin, prediction }) {
  const cause = causes.join(' + ')
  if (skipped !== undefined || error !== undefined)
    return row(name, cause, skipped === undefined ? 'failed to run' : 'skipped', '', '', '', '', '', '')
  const each = (field) => judgement.found.map((found) => sign(found[field])).join(' ')
  return row(
    name,
    cause,
    judgement.found.map(({ found }) => (found === null ? 'not felt' : sign(found))).join(' '),
    sign(judgement.first),
    each('operation'),
    each('place'),
    alarms(judgement.falseAlarms),
    twin === null ? '–' : alarms(twin.falseAlarms, 'yes'),
    predictionText(prediction),
  )
}

function healthyRow({ name, skipped, error, judgement }) {
  if (skipped !== undefined || error !== undefined)
    return row(name, skipped === undefined ? 'failed to run' : 'skipped')
  return row(name, alarms(judgement.falseAlarms))
}

function totalsOf(results) {
  const judged = results.filter(({ judgement }) => judgement !== undefined)
  const all = judged.flatMap(({ judgement }) => judgement.found)
  const faulty = judged.filter(({ healthy }) => !healthy)
  const twins = faulty.filter(({ twin }) => twin !== null)
  const silent = (list) => list.filter(({ length }) => length === 0).length
  const errors = faulty.flatMap(({ prediction }) => prediction?.errorPercent ?? [])
  const lines = [
    `- Causes found: ${share(all.map(({ found }) => found))}, ranked first: ${share(faulty.map(({ judgement }) => judgement.first))}, ` +
      `operation: ${share(all.map(({ operation }) => operation))}, place: ${share(all.map(({ place }) => place))}.`,
    `- Without a false alarm: ${silent(faulty.map(({ judgement }) => judgement.falseAlarms))} of ${faulty.length} apps with faults, ` +
      `${silent(twins.map(({ twin }) => twin.falseAlarms))} of ${twins.length} repaired twins, ` +
      `${silent(judged.filter(({ healthy }) => healthy).map(({ judgement }) => judgement.falseAlarms))} of ${judged.filter(({ healthy }) => healthy).length} healthy apps.`,
  ]
  if (errors.length > 0) {
    const good = errors.filter((percent) => percent <= GOOD_PREDICTION_PERCENT).length
    lines.push(
      `- Predictions against the twin: median error ${median(errors).toFixed(0)} %, ${good} of ${errors.length} within ${GOOD_PREDICTION_PERCENT} %.`,
    )
  }
  const skipped = results.filter((each) => each.skipped !== undefined)
  const failed = results.filter(({ error }) => error !== undefined)
  if (skipped.length > 0) lines.push(`- Skipped: ${skipped.map(({ name }) => name).join(', ')}.`)
  if (failed.length > 0) lines.push(`- Failed to run: ${failed.map(({ name }) => name).join(', ')}.`)
  return lines
}

/** Null: not judged. */
function share(list) {
  return `${list.filter((value) => value === true).length} of ${list.filter((value) => value !== null).length}`
}

export function predictionText(prediction) {
  if (prediction === null) return '–'
  const { metric, predicted, measured, errorPercent } = prediction
  if (measured === null) return `${metric}: ${figure(predicted)} / not measured`
  return `${metric}: ${figure(predicted)} / ${figure(measured)} (${errorPercent.toFixed(0)} %)`
}

/** Between the markers of a page; the rest of it stays. */
export function writeTable(file, text) {
  rewrite({ file, begin: BEGIN, end: END }, () => text)
}

/** A line for a run under other conditions; those of other runs stay. */
export function writeConditions(file, { load, beside }, results) {
  const name = conditionsName({ load, beside })
  rewrite({ file, begin: OTHERS_BEGIN, end: OTHERS_END }, (before) => {
    const others = before.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith(`| ${name} |`))
    const kept = others.filter((line) => !line.startsWith('| run |') && !line.startsWith('| --- |'))
    const head = [
      '| run | causes found | ranked first | operation | place | apps, twins and healthy apps with a false alarm | what was wrong |',
      '| --- | --- | --- | --- | --- | --- | --- |',
    ]
    return [...head, ...[...kept, conditionsRow(name, results)].sort()].join('\n')
  })
}

function conditionsName({ load, beside }) {
  return [load === 1 ? null : `${figure(load)} times the load`, beside === 0 ? null : `${beside} busy routes beside`]
    .filter(Boolean)
    .join(', ')
}

function conditionsRow(name, results) {
  const judged = results.filter(({ judgement }) => judgement !== undefined)
  const faulty = judged.filter(({ healthy }) => !healthy)
  const found = faulty.flatMap(({ judgement }) => judgement.found)
  const unfelt = found.filter((each) => each.found === null).length
  const accused = (list) => `${list.filter(({ length }) => length > 0).length} of ${list.length}`
  return row(
    name,
    `${share(found.map((each) => each.found))}${unfelt === 0 ? '' : `; ${unfelt} are not felt`}`,
    share(faulty.map(({ judgement }) => judgement.first)),
    share(found.map(({ operation }) => operation)),
    share(found.map(({ place }) => place)),
    [
      accused(faulty.map(({ judgement }) => judgement.falseAlarms)),
      accused(faulty.flatMap(({ twin }) => (twin === null ? [] : [twin.falseAlarms]))),
      accused(judged.filter(({ healthy }) => healthy).map(({ judgement }) => judgement.falseAlarms)),
    ].join(', '),
    results.flatMap(({ name: app, shortcomings }) => shortcomings.map((each) => `${app}: ${each}`)).join('; ') ||
      'nothing',
  )
}

function rewrite({ file, begin, end }, textOf) {
  const page = readFileSync(file, 'utf8')
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`${file} lacks the markers ${begin} and ${end}`)
  const inside = from + begin.length
  writeFileSync(file, `${page.slice(0, inside)}\n${textOf(page.slice(inside, to))}\n${page.slice(to)}`)
}

function alarms(list, none = '0') {
  return list.length === 0
    ? none
    : list.map(({ type, operation }) => `${type} (${operation ?? 'no operation'})`).join(', ')
}

function sign(value) {
  if (value === null) return '–'
  return value ? 'yes' : '**no**'
}

function figure(value) {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(3)))
}

function row(...cells) {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
}
