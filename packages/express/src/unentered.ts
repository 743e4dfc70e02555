// A route was matched, but its handlers never ran: a `router.param` callback rejected the request. It is named all the same.
import type { Request } from 'express'
import type { Frame, Passage } from './passage.js'
import { type Pattern, routePattern } from './patterns.js'
import { type Layer, pathOfUrl, type Route } from './router-shapes.js'
import type { TemplateNode } from './templates.js'

export function nameUnentered(passage: Passage): void {
  const route = passage.req.route as Route | undefined
  if (route === undefined || route === passage.route) return
  for (let frame: Frame | null = passage.frame; frame !== null; frame = frame.parent) {
    const layer = layerOf(route, frame)
    if (layer === undefined) continue
    passage.enterRoute(route, routeNode(routePattern(route, layer, frame.router), frame.node, passage.req))
    return
  }
}

/** Whether one of the routers that the request is in holds the route. */
export function isReached(route: Route, passage: Passage): boolean {
  for (let frame: Frame | null = passage.frame; frame !== null; frame = frame.parent) {
    if (layerOf(route, frame) !== undefined) return true
  }
  return false
}

export function routeNode(pattern: Pattern, node: TemplateNode, req: Request): TemplateNode {
  return node.child(typeof pattern === 'string' ? pattern : pattern(pathOfUrl(req.url)))
}

function layerOf(route: Route, frame: Frame): Layer | undefined {
  return frame.router?.stack.find((layer) => layer.route === route)
}
