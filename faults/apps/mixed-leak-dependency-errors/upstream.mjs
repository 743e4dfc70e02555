// The exchange: slow for a single quote, and for all of them at once as well.
import { createServer } from 'node:http'
import { serve } from '../../lib/serve.mjs'

const SYMBOLS = 40
const ANSWER_MS = 380

export default function start({ port }) {
  const server = createServer((request, response) => {
    const [, , symbol] = request.url.split('/')
    const all = Object.fromEntries(
      Array.from({ length: SYMBOLS }, (_, i) => [i + 1, { price: 100 + i + Math.random() }]),
    )
    setTimeout(
      () => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify(symbol === undefined ? all : all[symbol]))
      },
      ANSWER_MS * (0.9 + 0.2 * Math.random()),
    )
  })
  return serve(server, port)
}
