import { SameFacts } from '../../same-facts.js'

export function create() {
  const facts = new SameFacts()

  function install(app) {
    app.addHook('onRequest', function sameFacts(request, reply, done) {
      facts.enter(
        facts.begin(request.raw, reply.raw, () => request.routeOptions.url),
        done,
      )
    })
    app.addHook('onRoute', (route) => {
      route.handler = facts.timed(route.handler, false)
    })
    const { addHook } = app
    app.addHook = function addTimedHook(name, hook) {
      return addHook.call(this, name, facts.timed(hook, true))
    }
  }

  return { install, countRequests: () => facts.countRequests() }
}
