import { createServer } from 'node:http'

const ANSWER_MS = 30

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  setTimeout(() => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ parcel: request.url.split('/').at(-1), at: 'depot north' }))
  }, ANSWER_MS)
})

process.on('message', (_text, socket) => {
  if (socket === undefined) return
  server.emit('connection', socket)
  socket.resume()
})
process.once('disconnect', () => process.exit())
