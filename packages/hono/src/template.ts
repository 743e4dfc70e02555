// Hono finds everything that matches before it runs anything: routes, but also middleware, whose paths are patterns as well.
import type { Context } from 'hono'
import { matchedRoutes } from 'hono/route'
import { findTargetHandler, isMiddleware } from 'hono/utils/handler'

const NOT_FOUND = 404

type Route = ReturnType<typeof matchedRoutes>[number]

/** The template of the route that will have the request unless it is turned away; `null` when there is none. */
export function expectedTemplate(c: Context): string | null {
  const routes = matchedRoutes(c)
  // the first that can only answer; where all could go on, the last one is where that ends
  const route = routes.find((candidate) => isFinal(candidate)) ?? routes.findLast(isRoute)
  return route?.path ?? null
}

/** The template of what answered, once it did; `null` when what was expected stands. */
export function answeringTemplate(c: Context, ownIndex: number): string | null {
  const index = c.req.routeIndex // what ran last
  const route = matchedRoutes(c)[index]
  if (route === undefined || index <= ownIndex) return null
  // middleware that answers by itself (files, a mounted app), not one that turned a route's request away
  const isAnswer = isRoute(route) || (c.res.status !== NOT_FOUND && expectedTemplate(c) === null)
  return isAnswer ? route.path : null
}

function isFinal(route: Route): boolean {
  return !isMiddleware(findTargetHandler(route.handler))
}

/** `use` registers for all methods, and so does `all`: there a handler that takes no `next` makes the difference. */
function isRoute(route: Route): boolean {
  return route.method !== 'ALL' || isFinal(route)
}
