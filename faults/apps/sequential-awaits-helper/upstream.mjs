// The partner: each of its answers takes a while.
import { createServer } from 'node:http'
import { serve } from '../../lib/serve.mjs'

const TAKES_MS = { weather: 45, trains: 70, hotels: 60 }

export default function start({ port }) {
  const server = createServer((request, response) => {
    const [, part, city] = request.url.split('/')
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ part, city, seen: process.uptime() }))
    }, TAKES_MS[part] ?? 5)
  })
  return serve(server, port)
}
