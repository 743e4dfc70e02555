// The airline's prices.
import { createServer } from 'node:http'
import { serve } from '../../lib/serve.mjs'

export default function start({ port }) {
  const server = createServer((request, response) => {
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ from: request.url, euros: Math.round(100 * Math.random()) }))
    }, 5)
  })
  return serve(server, port)
}
