import { SameFacts } from '../../same-facts.js'

export function create() {
  const facts = new SameFacts()
  let isWrapped = false

  function sameFacts(req, res, next) {
    if (!isWrapped) {
      isWrapped = true
      wrapLayers(req.app.router.stack)
    }
    facts.enter(facts.begin(req, res, routeOf), next)
  }

  function wrapLayers(stack) {
    for (const layer of stack) {
      if (layer.route !== undefined) wrapLayers(layer.route.stack)
      else if (layer.handle.stack !== undefined) wrapLayers(layer.handle.stack)
      else if (layer.handle !== sameFacts) layer.handle = facts.timed(layer.handle, true)
    }
  }

  return { install: sameFacts, countRequests: () => facts.countRequests() }
}

function routeOf(req) {
  return req.route
}
