// The one exception to "no patching": a database driver that publishes nothing is wrapped at its class, until stop().

type Method = (this: unknown, ...args: unknown[]) => unknown

/** What a wrapper does with a call: `proceed` runs the original, with other arguments where given. */
export type Around = (call: { self: unknown; args: unknown[]; proceed: (args?: unknown[]) => unknown }) => unknown

export class Patches {
  readonly #undo: (() => void)[] = []
  #active = true

  /** Replaces a method of a class. What is no method, or cannot be replaced, is left alone: `false`. */
  wrap(target: object, name: string, around: Around): boolean {
    const own = Object.getOwnPropertyDescriptor(target, name)
    const original: unknown = own?.value
    if (own === undefined || typeof original !== 'function' || !own.configurable) return false
    const isActive = () => this.#active
    const wrapper = function (this: unknown, ...args: unknown[]): unknown {
      if (!isActive()) return Reflect.apply(original as Method, this, args)
      return around({ self: this, args, proceed: (given = args) => Reflect.apply(original as Method, this, given) })
    }
    // name, length, and what hangs on the function, such as util.promisify.custom
    for (const key of Reflect.ownKeys(original)) {
      const property = Object.getOwnPropertyDescriptor(original, key) as PropertyDescriptor
      if (key !== 'prototype') Object.defineProperty(wrapper, key, property)
    }
    Object.defineProperty(target, name, { ...own, value: wrapper })
    this.#undo.push(() => {
      const present = Object.getOwnPropertyDescriptor(target, name)
      // somebody wrapped ours meanwhile: taking it out would break theirs, so it stays and only passes calls on
      if (present?.value === wrapper) Object.defineProperty(target, name, own)
    })
    return true
  }

  undo(): void {
    this.#active = false
    for (const step of this.#undo.splice(0).reverse()) step()
  }
}
