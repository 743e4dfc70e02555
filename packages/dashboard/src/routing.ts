// Every view has an address that can be shared, with its time range in it: `#/operation/http/GET%20%2Forders?range=1h`.
import { DEFAULT_RANGE, formatRange, parseRange, type Range, sameRange } from './state/range.js'

export type View =
  | 'overview'
  | 'findings'
  | 'finding'
  | 'operations'
  | 'operation'
  | 'trace'
  | 'alerts'
  | 'profiles'
  | 'profile'
  | 'system'

export interface Route {
  view: View
  range: Range
  /** Of the finding, trace or profile. */
  id: string | null
  component: string | null
  operation: string | null
  query: string
  sort: string | null
  descending: boolean
}

const PLAIN_VIEWS: readonly View[] = ['overview', 'findings', 'operations', 'alerts', 'profiles', 'system']
const VIEWS_OF_ONE: readonly View[] = ['finding', 'trace', 'profile']

const EMPTY_ROUTE: Route = {
  view: 'overview',
  range: DEFAULT_RANGE,
  id: null,
  component: null,
  operation: null,
  query: '',
  sort: null,
  descending: true,
}

export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = splitOnce(hash.replace(/^#\/?/, ''), '?')
  const params = new URLSearchParams(search)
  const segments = path
    .split('/')
    .filter((segment) => segment !== '')
    .map(decode)
  const route: Route = {
    ...EMPTY_ROUTE,
    range: parseRange(params.get('range')),
    query: params.get('q') ?? '',
    sort: params.get('sort'),
    descending: params.get('dir') !== 'asc',
    component: params.get('component'),
  }
  const [name, first, second] = segments
  if (name === 'operation' && first && second)
    return { ...route, view: 'operation', component: first, operation: second }
  const ofOne = VIEWS_OF_ONE.find((candidate) => candidate === name)
  if (ofOne !== undefined && first) return { ...route, view: ofOne, id: first }
  const view = PLAIN_VIEWS.find((candidate) => candidate === name)
  return { ...route, view: view ?? 'overview' }
}

export function formatRoute(route: Route): string {
  const segments: string[] = []
  if (route.view === 'operation') segments.push('operation', route.component ?? '', route.operation ?? '')
  else if (VIEWS_OF_ONE.includes(route.view)) segments.push(route.view, route.id ?? '')
  else if (route.view !== 'overview') segments.push(route.view)
  const params = new URLSearchParams()
  if (!sameRange(route.range, DEFAULT_RANGE)) params.set('range', formatRange(route.range))
  if (route.query !== '') params.set('q', route.query)
  if (route.sort !== null) params.set('sort', route.sort)
  if (!route.descending) params.set('dir', 'asc')
  if (route.component !== null && route.view === 'operations') params.set('component', route.component)
  const search = params.toString()
  return `#/${segments.map(encodeURIComponent).join('/')}${search === '' ? '' : `?${search}`}`
}

/** The address of another view: the range goes along, what belongs to the view does not. */
export function linkTo(from: Route, target: Partial<Route> & { view: View }): string {
  return formatRoute({ ...EMPTY_ROUTE, range: from.range, ...target })
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment // an address cut off in a chat: take it as it stands
  }
}
