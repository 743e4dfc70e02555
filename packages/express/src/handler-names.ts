// Names of handler operations: `requireAuth` for middleware, `GET /orders/:id listOrders` for a route's handler. Bounded by the app's code.
import type { Layer, Route, Router } from './router-shapes.js'

const MAX_NAME_LENGTH = 100 // a function's name may be anything

export function routeHandlerName(template: string, layer: Layer, route: Route): string {
  const method = layer.method?.toUpperCase() ?? 'ALL'
  const name = functionName(layer) ?? numbered('handler', layer, route.stack, (other) => other.method === layer.method)
  return `${method} ${template} ${name}`
}

export function middlewareName(mount: string, layer: Layer, router: Router): string {
  const isAlike = (other: Layer) => other.route === undefined && functionName(other) === null
  return functionName(layer) ?? `${mount} ${numbered('middleware', layer, router.stack, isAlike)}`
}

function functionName(layer: Layer): string | null {
  const name = layer.name ?? ''
  return name === '' || name === '<anonymous>' ? null : name.slice(0, MAX_NAME_LENGTH)
}

/** `handler`, `handler 2`, …: by the place among those that are alike. */
function numbered(word: string, layer: Layer, stack: Layer[], isAlike: (other: Layer) => boolean): string {
  const index = stack.filter(isAlike).indexOf(layer)
  return index > 0 ? `${word} ${index + 1}` : word
}
