// docs/endpoints.md names every route and every error code, and no other.
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { HTTP_ERROR_CODES } from '../../src/errors.js'
import { ROUTES } from '../../src/http/routes.js'

const page = readFileSync(new URL('../../../../docs/endpoints.md', import.meta.url), 'utf8')

it('the table of errors is the table in the code', () => {
  const documented = [...page.matchAll(/^\| (\d{3}) \| `([a-z-]+)` \|/gm)].map(([, status, code]) => [
    code,
    Number(status),
  ])
  expect(Object.fromEntries(documented)).toEqual(HTTP_ERROR_CODES)
})

it('every route has its place, and every place its route', () => {
  const documented = new Set<string>()
  for (const [, methods = '', path = ''] of page.matchAll(/`((?:GET|POST|DELETE)) (\/[^`?]*)`/g)) {
    documented.add(`${methods} ${path}`)
  }
  documented.add('POST /alerts/silences') // written as "`POST` and `DELETE /alerts/silences`"
  documented.add('DELETE /alerts/silences/:id') // shown as a curl line
  expect([...documented].sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort())
})
