import { startDashboard } from './dashboard.mjs'

export default function start(given) {
  return startDashboard(given, pageOf)
}

async function pageOf(base, id) {
  const profile = await fetch(`${base}/profile/${id}`).then((response) => response.json())
  // what was bought lately
  const purchases = await fetch(`${base}/purchases/${id}`).then((response) => response.json())
  const offers = await fetch(`${base}/offers/${id}`).then((response) => response.json())
  return { profile, purchases, offers }
}
