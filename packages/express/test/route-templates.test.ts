import { afterAll, expect, it } from 'vitest'
import { perfMonitor } from '../src/index.js'
import { describeEachExpress, type ExpressVersion } from './kit/express-versions.js'
import { MOUNT_CASES } from './kit/mount-cases.js'
import { ROUTE_CASES } from './kit/route-cases.js'
import { countedDuring, quietMonitor, serve } from './kit/server.js'

describeEachExpress((version: ExpressVersion) => {
  const monitor = quietMonitor()
  afterAll(() => monitor.stop())

  for (const { name, build, requests, majors } of [...ROUTE_CASES, ...MOUNT_CASES]) {
    it.skipIf(majors !== undefined && !majors.includes(version.major))(name, async () => {
      const app = version.express()
      app.set('env', 'test')
      build({ app, express: version.express, perf: () => perfMonitor(monitor), major: version.major })
      const server = await serve(app)
      try {
        for (const [request, expected, status = 200] of requests) {
          const [method = '', path = ''] = request.split(' ')
          let answered = 0
          const counted = await countedDuring(monitor, 'http', async () => {
            answered = (await server.send(method, path)).status
          })
          expect({ request, answered, counted }).toEqual({ request, answered: status, counted: { [expected]: 1 } })
        }
      } finally {
        await server.close()
      }
    })
  }
})
