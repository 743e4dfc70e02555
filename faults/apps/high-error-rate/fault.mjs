import { startForms } from './forms.mjs'

export default function start(given) {
  return startForms(given, { parsed })
}

function parsed({ name, children }) {
  // who has no children leaves the field out
  const ages = children.map(({ age }) => age)
  return { name, ages }
}
