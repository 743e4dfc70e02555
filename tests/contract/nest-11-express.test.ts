import { adapterContract } from './kit.js'
import { nestApp } from './nest-app.js'
import { nest11 } from './nest-versions.js'

adapterContract('Nest 11 on Express', nestApp(await nest11(), 'express'), {
  operations: {
    'GET /files/*': 'GET /files/*path',
    // body parsers and middleware come before routes
    'POST /items, malformed body': 'POST (unmatched)',
    'POST /items, client left': 'POST (unmatched)',
    'GET /items/:id, rejected by the app': 'GET (unmatched)',
    'GET /items/:id, bad escape': 'GET (unmatched)',
  },
  showsErrors: false,
  handlerOf: (operation) => `${operation} handler`,
})
