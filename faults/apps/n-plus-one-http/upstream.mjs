// People, one by one or as a list.
import { createServer } from 'node:http'
import { serve } from '../../lib/serve.mjs'

export default function start({ port }) {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://people')
    const ids = searchParams.get('ids')?.split(',')
    const person = (id) => ({ name: `person ${id}`, in: Math.random() < 0.7 })
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(ids === undefined ? person(pathname.split('/').at(-1)) : ids.map(person)))
    }, 9)
  })
  return serve(server, port)
}
