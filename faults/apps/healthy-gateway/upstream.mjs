// The services behind the gateway: 10 to 35 ms each.
import { createServer } from 'node:http'
import { serve } from '../../lib/serve.mjs'

export default function start({ port }) {
  const server = createServer((request, response) => {
    const [, part] = request.url.split('/')
    setTimeout(
      () => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ part, items: [1, 2, 3] }))
      },
      10 + 5 * (part.length % 6),
    )
  })
  return serve(server, port)
}
