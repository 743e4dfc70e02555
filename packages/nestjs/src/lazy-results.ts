// Results whose work comes after the call: Observables work when subscribed to, generators when iterated. They are watched
// in place (the very object is returned, so its class and methods stay), each object once.
import { isObservable, Observable } from 'rxjs'
import { type Run, timedObservable } from './runs.js'

type AnyGenerator = Generator | AsyncGenerator
export type Lazy = Observable<unknown> | AnyGenerator

const watched = new WeakSet<object>()

export function isLazy(result: unknown): result is Lazy {
  return isObservable(result) || isGenerator(result)
}

/** Every subscription, and the one pass through a generator, is a run. */
export function watchRuns(result: Lazy, begin: () => Run): void {
  if (watched.has(result) || !Object.isExtensible(result)) return
  watched.add(result)
  if (isObservable(result)) watchObservable(result, begin)
  else watchGenerator(result, begin)
}

/** A promise of the end of the first run, for a run that began with the call; further ones are begun as ever. */
export function endOfFirstRun(result: Lazy, begin: () => Run): Promise<void> {
  return new Promise((resolve, reject) => {
    let isFirst = true
    watchRuns(result, () => {
      if (!isFirst) return begin()
      isFirst = false
      return { run: (fn) => fn(), end: (success, error) => (success ? resolve() : reject(error)) }
    })
  })
}

function watchObservable(source: Observable<unknown>, begin: () => Run): void {
  const subscribe = source.subscribe as (...args: unknown[]) => ReturnType<Observable<unknown>['subscribe']>
  // the subscriber itself goes to the source: unsubscribing reaches it in the middle of a synchronous emission too
  const plain = new Observable((subscriber) => Reflect.apply(subscribe, source, [subscriber]))
  const timed = timedObservable(begin, () => plain)
  define(source, 'subscribe', (...args) => Reflect.apply(timed.subscribe, timed, args))
}

function watchGenerator(generator: AnyGenerator, begin: () => Run): void {
  let run: Run | null = null
  for (const name of ['next', 'return', 'throw'] as const) {
    const method = generator[name] as (...args: unknown[]) => unknown
    define(generator, name, (...args) => {
      // ended before it began: nothing ran
      if (run === null && name === 'next') run = begin()
      return run === null
        ? Reflect.apply(method, generator, args)
        : step(run, () => Reflect.apply(method, generator, args))
    })
  }
}

function step(run: Run, advance: () => unknown): unknown {
  let result: unknown
  try {
    result = run.run(advance)
  } catch (error) {
    run.end(false, error)
    throw error
  }
  // a promise that follows it: a handler on the side would hide a rejection that nobody handles
  if (result instanceof Promise) {
    return result.then(
      (step) => {
        if (step.done) run.end(true)
        return step
      },
      (error) => {
        run.end(false, error)
        throw error
      },
    )
  }
  if ((result as IteratorResult<unknown>).done) run.end(true)
  return result
}

function isGenerator(value: unknown): value is AnyGenerator {
  const tag = Object.prototype.toString.call(value)
  return tag === '[object Generator]' || tag === '[object AsyncGenerator]'
}

function define(target: object, key: string, value: (...args: unknown[]) => unknown): void {
  Object.defineProperty(target, key, { value, configurable: true, writable: true })
}
