// Mails take 200 ms. The bank refuses seven payments in ten, the other bank none.
import { createServer } from 'node:http'
import { serve } from '../../lib/serve.mjs'

const MAIL_MS = 200
const BANK_MS = 35

export default function start({ port }) {
  const server = createServer((request, response) => {
    request.resume()
    const isMail = request.url === '/mails'
    const status = request.url === '/payments' && Math.random() < 0.7 ? 503 : 201
    setTimeout(
      () => {
        response.writeHead(status, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ done: status === 201 }))
      },
      isMail ? MAIL_MS : BANK_MS,
    )
  })
  return serve(server, port)
}
