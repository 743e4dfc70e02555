import statusMonitor from 'express-status-monitor'

export function create() {
  // its own defaults; it keeps what it counted in them
  const spans = [1, 5, 15].map((interval) => ({ interval, retention: 60 }))
  const install = statusMonitor({ spans })
  const countRequests = () => spans.at(-1).responses?.reduce((sum, { count }) => sum + count, 0) ?? 0
  return { install, countRequests }
}
