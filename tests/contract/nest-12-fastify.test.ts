import { adapterContract } from './kit.js'
import { nestApp } from './nest-app.js'
import { nest12 } from './nest-versions.js'

adapterContract('Nest 12 on Fastify', nestApp(await nest12(), 'fastify'), {
  operations: { 'GET /items/:id, bad escape': 'GET (unmatched)' },
  // Nest 12 names its handlers: `GET /slow/:id AppController.slow`
  showsErrors: false,
  handlerOf: (operation) => `${operation} AppController.${/\/(\w+)/.exec(operation)?.[1]}`,
})
