import { startCalendar } from './team.mjs'

export default function start(given) {
  return startCalendar(given, presenceOf)
}

async function presenceOf(people, members) {
  const present = []
  for (const member of members) {
    // each of the team
    const person = await people.one(member)
    if (person.in) present.push(person.name)
  }
  return { present }
}
