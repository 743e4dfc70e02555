import express from 'express'
import { expressApp } from './express-app.js'
import { adapterContract } from './kit.js'

adapterContract('Express 5', expressApp(express, { wildcard: '/files/*path' }), {
  operations: {
    'GET /files/*': 'GET /files/*path',
    // Express routes one middleware after another: a request rejected before its route was reached has none
    'GET /items/:id, rejected by the app': 'GET (unmatched)',
    'GET /items/:id, bad escape': 'GET (unmatched)',
  },
  handlerOf: (operation) => `${operation} handler`,
})
