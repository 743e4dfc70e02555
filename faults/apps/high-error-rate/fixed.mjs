import { startForms } from './forms.mjs'

export default function start(given) {
  return startForms(given, { parsed })
}

function parsed({ name, children = [] }) {
  return { name, ages: children.map(({ age }) => age) }
}
