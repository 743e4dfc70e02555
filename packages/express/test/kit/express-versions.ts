// Every Express that is supported, each with the routers that installations of it have: 5.0 and 5.2 with a lockfile of their
// time have router 2.0 and 2.2, which keep less of what was registered than 2.3.
import { createRequire } from 'node:module'
import { describe } from 'vitest'

export type Express = typeof import('express')

export interface ExpressVersion {
  readonly name: string
  readonly major: 4 | 5
  readonly express: Express
}

const require = createRequire(import.meta.url)

export const EXPRESS_VERSIONS: ExpressVersion[] = [
  { name: 'Express 4.17', major: 4, express: require('express-4-17') },
  { name: 'Express 4.22', major: 4, express: require('express-4') },
  { name: 'Express 5.0 with router 2.0', major: 5, express: withRouter('express-5-0', 'router-2-0') },
  { name: 'Express 5.0', major: 5, express: require('express-5-0') },
  { name: 'Express 5.2 with router 2.2', major: 5, express: withRouter('express-5-2', 'router-2-2') },
  { name: 'Express 5.2', major: 5, express: require('express-5-2') },
  { name: 'Express 5.3', major: 5, express: require('express') },
]

export function describeEachExpress(body: (version: ExpressVersion) => void): void {
  for (const version of EXPRESS_VERSIONS) describe(version.name, () => body(version))
}

/** Loads a second copy of an Express whose `require('router')` gives another router. */
function withRouter(express: string, router: string): Express {
  const cached = { ...require.cache }
  const directory = require.resolve(express).replace(/index\.js$/, '')
  const routerPath = require.resolve('router')
  require(router)
  for (const path of Object.keys(require.cache)) if (path.startsWith(directory)) delete require.cache[path]
  require.cache[routerPath] = require.cache[require.resolve(router)]
  try {
    return require(express)
  } finally {
    for (const path of Object.keys(require.cache)) delete require.cache[path]
    Object.assign(require.cache, cached)
  }
}
