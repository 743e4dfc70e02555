// The floor, and the request's own async scope around it: what finding an operation's parent costs at least.
import { AsyncLocalStorage } from 'node:async_hooks'
import { create as createFloor } from './floor.js'

export function create() {
  const scope = new AsyncLocalStorage()
  return createFloor((done) => scope.run({}, done))
}
