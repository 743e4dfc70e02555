import { startCalendar } from './team.mjs'

export default function start(given) {
  return startCalendar(given, presenceOf)
}

async function presenceOf(people, members) {
  const persons = await people.many(members)
  return { present: persons.filter((person) => person.in).map(({ name }) => name) }
}
