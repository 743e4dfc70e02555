import type { Guard } from '../guard.js'

type Listener<T> = (message: T) => void

/** A listener whose faults stay here: Node would raise what a channel's subscriber throws as an uncaught exception of the app. */
export function contained<T>(guard: Guard, part: string, listener: Listener<T>): Listener<unknown> {
  return (message) => {
    try {
      listener(message as T)
    } catch (error) {
      guard.report(part, error)
    }
  }
}
