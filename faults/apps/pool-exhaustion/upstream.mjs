// The bank: looks at a card for a while.
import { createServer } from 'node:http'
import { serve } from '../../lib/serve.mjs'

export default function start({ port }) {
  const server = createServer((request, response) => {
    const guest = Number(request.url.split('/').at(-1))
    setTimeout(
      () => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ guest, valid: true }))
      },
      60 + 20 * Math.random(),
    )
  })
  return serve(server, port)
}
