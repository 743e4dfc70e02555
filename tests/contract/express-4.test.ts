import express from 'express-4'
import { expressApp } from './express-app.js'
import { adapterContract } from './kit.js'

adapterContract('Express 4', expressApp(express as never, { wildcard: '/files/*' }), {
  operations: {
    // Express routes one middleware after another: a request rejected before its route was reached has none
    'GET /items/:id, rejected by the app': 'GET (unmatched)',
    'GET /items/:id, bad escape': 'GET (unmatched)',
  },
  handlerOf: (operation) => `${operation} handler`,
})
