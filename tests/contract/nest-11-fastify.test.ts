import { adapterContract } from './kit.js'
import { nestApp } from './nest-app.js'
import { nest11 } from './nest-versions.js'

adapterContract('Nest 11 on Fastify', nestApp(await nest11(), 'fastify'), {
  operations: { 'GET /items/:id, bad escape': 'GET (unmatched)' },
  showsErrors: false,
  handlerOf: (operation) => `${operation} handler`,
})
