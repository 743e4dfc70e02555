import { perfMonitor } from '@perf-monitor/fastify'
import fastify from 'fastify'

const app = fastify()
app.register(perfMonitor)
app.get('/hello/:name', async (request) => ({ hello: request.params.name }))

await app.listen({ port: 3000 })
console.log('Open http://localhost:3000/hello/you a few times, then http://localhost:3000/perf')
