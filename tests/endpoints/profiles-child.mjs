// A busy app that has a profile taken of itself over HTTP, and prints what it says.
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'

const app = express()
app.use(perfMonitor({ logger: { info() {}, warn() {}, error() {} } }))
function score(rounds) {
  let sum = 0
  for (let i = 0; i < rounds; i++) {
    for (let j = 1; j < 50; j++) sum += Math.sqrt(i * j) % j // the hot line
  }
  return sum
}
const list = Array.from({ length: 2000 }, (_, id) => ({ id, name: `item ${id}` }))
app.get('/reports/:id', async (req, res) => {
  await delay(2)
  res.json({ id: req.params.id, score: score(10_000) })
})
app.get('/items', async (_req, res) => {
  await delay(2)
  res.json(list)
})
app.get('/idle', async (_req, res) => {
  await delay(50)
  res.json({})
})
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address()
const agent = new Agent({ keepAlive: true })

let isOver = false
async function client(path, pauseMs) {
  while (!isOver) {
    await new Promise((resolve) => {
      const request = get({ port, path, agent }, (response) => response.resume().on('end', resolve))
      request.on('error', resolve)
    })
    await delay(pauseMs)
  }
}
for (const [path, pauseMs] of [
  ['/reports/1', 20],
  ['/reports/2', 20],
  ['/items', 10],
  ['/idle', 0],
  ['/idle', 0],
])
  void client(path, pauseMs)

const url = `http://127.0.0.1:${port}/perf/profiles`
let begun
for (;;) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'cpu', durationMs: 4000 }),
  })
  begun = await response.json()
  if (response.status === 202) break
  await delay(100) // the monitor's thread is on its way, or the machine is busy
}
let profile
do {
  await delay(100)
  profile = await (await fetch(`${url}/${begun.id}`)).json()
} while (profile.state === 'running')
const flame = await (await fetch(`${url}/${begun.id}?format=flame`)).json()
const file = await (await fetch(`${url}/${begun.id}?format=cpuprofile`)).json()
isOver = true
process.stdout.write(JSON.stringify({ profile, flame, samples: file.samples.length }), () => process.exit())
