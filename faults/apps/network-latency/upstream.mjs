import { createServer } from 'node:http'
import { serve } from '../../lib/serve.mjs'

const ANSWER_MS = 30

export default function start({ port }) {
  const server = createServer((request, response) => {
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ parcel: request.url.split('/').at(-1), at: 'depot north' }))
    }, ANSWER_MS)
  })
  return serve(server, port)
}
