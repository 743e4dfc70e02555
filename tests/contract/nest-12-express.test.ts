import { adapterContract } from './kit.js'
import { nestApp } from './nest-app.js'
import { nest12 } from './nest-versions.js'

adapterContract('Nest 12 on Express', nestApp(await nest12(), 'express'), {
  operations: {
    'GET /files/*': 'GET /files/*path',
    // body parsers and middleware come before routes
    'POST /items, malformed body': 'POST (unmatched)',
    'POST /items, client left': 'POST (unmatched)',
    'GET /items/:id, rejected by the app': 'GET (unmatched)',
    'GET /items/:id, bad escape': 'GET (unmatched)',
  },
  // Nest 12 names its handlers: `GET /slow/:id AppController.slow`
  showsErrors: false,
  handlerOf: (operation) => `${operation} AppController.${/\/(\w+)/.exec(operation)?.[1]}`,
})
