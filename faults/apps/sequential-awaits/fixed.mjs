import { startDashboard } from './dashboard.mjs'

export default function start(given) {
  return startDashboard(given, pageOf)
}

async function pageOf(base, id) {
  const [profile, purchases, offers] = await Promise.all([
    fetch(`${base}/profile/${id}`).then((response) => response.json()),
    fetch(`${base}/purchases/${id}`).then((response) => response.json()),
    fetch(`${base}/offers/${id}`).then((response) => response.json()),
  ])
  return { profile, purchases, offers }
}
