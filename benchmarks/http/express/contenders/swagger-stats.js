import swaggerStats from 'swagger-stats'

export function create() {
  const install = swaggerStats.getMiddleware({})
  return { install, countRequests: () => swaggerStats.getCoreStats().all.responses }
}
