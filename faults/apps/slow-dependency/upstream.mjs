// The rates of the day, from a service that is slow.
import { createServer } from 'node:http'
import { serve } from '../../lib/serve.mjs'

export default function start({ port }) {
  const server = createServer((_request, response) => {
    setTimeout(
      () => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ value: 1 + Math.random() / 10 }))
      },
      220 + 60 * Math.random(),
    )
  })
  return serve(server, port)
}
