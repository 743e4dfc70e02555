// The carrier has a bad day: two of three questions end in an error, after a while.
import { createServer } from 'node:http'
import { serve } from '../../lib/serve.mjs'

export default function start({ port }) {
  const server = createServer((request, response) => {
    const isBroken = Math.random() < 0.7
    setTimeout(
      () => {
        response.writeHead(isBroken ? 503 : 200, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ place: request.url, at: Date.now() }))
      },
      30 + 20 * Math.random(),
    )
  })
  return serve(server, port)
}
