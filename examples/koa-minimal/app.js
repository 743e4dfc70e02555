import Router from '@koa/router'
import { perfMonitor } from '@perf-monitor/koa'
import Koa from 'koa'

const app = new Koa()
const router = new Router()
router.get('/hello/:name', (ctx) => {
  ctx.body = { hello: ctx.params.name }
})

app.use(perfMonitor())
app.use(router.routes())

app.listen(3000, () => {
  console.log('Open http://localhost:3000/hello/you a few times, then http://localhost:3000/perf')
})
