import { perfMonitor } from '@perf-monitor/express'
import express from 'express'

const app = express()
app.use(perfMonitor())
app.get('/hello/:name', (req, res) => res.json({ hello: req.params.name }))

app.listen(3000, (error) => {
  if (error) throw error
  console.log('Open http://localhost:3000/hello/you a few times, then http://localhost:3000/perf')
})
