// The stack as V8 has it, read while the app's own way of formatting stacks is set aside. Only places are kept: a stack that is
// formatted later holds every function and receiver on it until then.

const MAX_FRAMES = 40 // drivers and query builders stand between the call and the app's line
const MAX_PLACES = 10_000 // distinct ones, each a small object
const MAX_FILES = 5000

/** As in `inspect/frames.ts`: line and column count from 1. */
export interface RawFrame {
  readonly function: string | null
  /** `file:` URL or path. */
  readonly url: string
  readonly line: number
  readonly column: number
}

export interface StackSample {
  /** The first of the app's own code. */
  readonly frame: RawFrame
  /** Where the outermost function of the app, which the framework called, begins. */
  readonly entry: RawFrame | null
}

interface V8CallSite {
  getFileName(): string | null
  getScriptNameOrSourceURL?(): string | null
  getFunctionName(): string | null
  getMethodName?(): string | null
  getLineNumber(): number | null
  getColumnNumber(): number | null
  /** Of the function, undocumented but there in Node 20 to 26. */
  getEnclosingLineNumber?(): number | null
  getEnclosingColumnNumber?(): number | null
}

const OWN_PACKAGES = new URL('../../../', import.meta.url) // `packages/` here, `node_modules/@perf-monitor/` once installed
const OWN_CODE = /^[a-z-]+[\\/](?:src|dist)[\\/]/
const FRAMEWORK = /[\\/]node_modules[\\/](?:express|router|fastify|koa|koa-compose|@koa|hono|@hono|@nestjs)[\\/]/
const CORE = /^core[\\/]/ // its frames stand between the app's own (`track`): nothing begins there

const places = new Map<string, RawFrame>()
const owners = new Map<string, 'app' | 'framework' | 'other'>()

/** The place of the app's code that led here; `null` when none of it is on the stack. Never throws. */
export function sampleStack(): StackSample | null {
  const frames = structuredStack()
  if (frames === null) return null
  let frame: RawFrame | null = null
  let outermost: V8CallSite | null = null
  try {
    for (const site of frames) {
      const url = site.getFileName() ?? site.getScriptNameOrSourceURL?.() ?? null
      if (url === null) continue
      const owner = ownerOf(url)
      if (owner === 'app') {
        frame ??= place(url, site.getLineNumber(), site.getColumnNumber(), site.getFunctionName())
        outermost = site
      } else if (owner === 'framework' && outermost !== null) break
    }
    return frame === null ? null : { frame, entry: outermost === null ? null : beginOf(outermost) }
  } catch {
    return null
  }
}

/** The first frame of the app's own code in a stack that is already text. */
export function frameOfStack(stack: string): RawFrame | null {
  const text = stack.length > MAX_STACK_LENGTH ? stack.slice(0, MAX_STACK_LENGTH) : stack
  for (const [, named, file, line, column] of text.matchAll(STACK_LINE)) {
    if (file !== undefined && ownerOf(file) === 'app') return place(file, Number(line), Number(column), named ?? null)
  }
  return null
}

const MAX_STACK_LENGTH = 20_000 // the message stands in it too, and can be a whole response body
const STACK_LINE =
  /^ {4}at (?:async )?(?:(?:new )?([^\n(]{1,300}) \()?((?:file:\/\/)?[^\n()]{1,1000}?):(\d+):(\d+)\)?$/gm

/** Everything that the app set is as before when this returns. */
function structuredStack(): V8CallSite[] | null {
  const prepare = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')
  const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')
  const holder: { stack?: unknown } = {}
  try {
    if (!Reflect.defineProperty(Error, 'stackTraceLimit', { ...OPEN, value: MAX_FRAMES })) return null
    try {
      if (!Reflect.defineProperty(Error, 'prepareStackTrace', { ...OPEN, value: structured })) return null
      Error.captureStackTrace(holder, sampleStack)
      const { stack } = holder
      return Array.isArray(stack) ? (stack as V8CallSite[]) : null
    } finally {
      if (prepare === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace')
      else Reflect.defineProperty(Error, 'prepareStackTrace', prepare)
    }
  } catch {
    return null // frozen intrinsics
  } finally {
    if (limit === undefined) Reflect.deleteProperty(Error, 'stackTraceLimit')
    else Reflect.defineProperty(Error, 'stackTraceLimit', limit)
  }
}

const OPEN = { configurable: true, enumerable: true, writable: true }

function structured(_error: unknown, frames: V8CallSite[]): V8CallSite[] {
  return frames
}

function ownerOf(url: string): 'app' | 'framework' | 'other' {
  let owner = owners.get(url)
  if (owner === undefined) {
    owner = judge(url)
    if (owners.size >= MAX_FILES) owners.clear()
    owners.set(url, owner)
  }
  return owner
}

function judge(url: string): 'app' | 'framework' | 'other' {
  const isFile = url.startsWith('file://') || url.startsWith('/') || /^[A-Za-z]:[\\/]/.test(url)
  if (!isFile) return 'other'
  if (FRAMEWORK.test(url)) return 'framework'
  for (const root of [OWN_PACKAGES.href, OWN_PACKAGES.pathname]) {
    const below = url.startsWith(root) ? url.slice(root.length) : ''
    if (OWN_CODE.test(below)) return CORE.test(below) ? 'other' : 'framework'
  }
  return /[\\/]node_modules[\\/]/.test(url) ? 'other' : 'app'
}

function beginOf(site: V8CallSite): RawFrame | null {
  const line = site.getEnclosingLineNumber?.() ?? null
  const column = site.getEnclosingColumnNumber?.() ?? null
  const url = site.getFileName()
  return url === null || line === null ? null : place(url, line, column, site.getFunctionName())
}

/** One object for each place: they are compared by identity. `null`: V8 does not know the line. */
function place(url: string, line: number | null, column: number | null, named: string | null): RawFrame | null {
  if (line === null || line < 1) return null
  const at = column === null || column < 1 ? 1 : column
  const key = `${line}:${at}:${url}`
  let known = places.get(key)
  if (known === undefined) {
    known = Object.freeze({ function: named === '' ? null : named, url, line, column: at })
    if (places.size >= MAX_PLACES) places.clear() // two objects for one place from then on: counted apart, not wrong
    places.set(key, known)
  }
  return known
}
