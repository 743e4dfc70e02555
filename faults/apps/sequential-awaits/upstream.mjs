// Three services behind one gateway: they take their time.
import { createServer } from 'node:http'
import { serve } from '../../lib/serve.mjs'

const TAKES_MS = { profile: 60, purchases: 90, offers: 80 }

export default function start({ port }) {
  const server = createServer((request, response) => {
    const [, part, id] = request.url.split(/[/?]/)
    const takesMs = request.url.includes('fields=') ? 8 : (TAKES_MS[part] ?? 5)
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ part, id, at: process.uptime() }))
    }, takesMs)
  })
  return serve(server, port)
}
