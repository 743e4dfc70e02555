// Express hides a mounted app in a closure. It shows when it makes `req.app` its own, which it does before it routes.
import type { Request, Response } from 'express'
import type { App } from './router-shapes.js'

/**
 * Every Express reads `res.locals` right after it set `req.app`: until the returned function is called, that read is told
 * to `found` as well. Once per mounted app, for one synchronous call.
 */
export function onceAppChanges(req: Request, res: Response, found: (app: App) => void): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(res, 'locals')
  if (descriptor?.configurable !== true || !('value' in descriptor)) return () => {}
  const before = req.app
  let isArmed = true
  const restore = () => {
    if (isArmed) Object.defineProperty(res, 'locals', descriptor)
    isArmed = false
  }
  Object.defineProperty(res, 'locals', {
    configurable: true,
    enumerable: descriptor.enumerable === true,
    get() {
      if (req.app !== before && isArmed) {
        restore()
        found(req.app as unknown as App)
      }
      return descriptor.value
    },
    set(value) {
      descriptor.value = value
    },
  })
  return restore
}
