import { serve } from '@hono/node-server'
import { perfMonitor } from '@perf-monitor/hono'
import { Hono } from 'hono'

const app = new Hono()
app.use(perfMonitor())
app.get('/hello/:name', (c) => c.json({ hello: c.req.param('name') }))

serve({ fetch: app.fetch, port: 3000 }, () => {
  console.log('Open http://localhost:3000/hello/you a few times, then http://localhost:3000/perf')
})
