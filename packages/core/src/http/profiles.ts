// The endpoints of profiles: begin one, list them, fetch one reduced or as the file that DevTools and speedscope open.
import { PerfHttpError, ProfileRefusal, type ProfileRefusalReason } from '../errors.js'
import type { PerfResponse } from '../types/http.js'
import type { ProfileSummary } from '../types/metrics.js'
import { readProfileRequest } from './payload.js'
import { bad, parseProfileFormat } from './query.js'
import { JSON_TYPE, json } from './respond.js'
import type { RouteContext } from './route.js'
import type { PerfSource, ProfileSource } from './source.js'

const RETRY_SECONDS = 10 // load and memory change that fast
const REFUSALS: Record<ProfileRefusalReason, (message: string) => PerfHttpError> = {
  running: (message) => new PerfHttpError('conflict', message),
  busy: (message) => new PerfHttpError('too-many-requests', message, { 'Retry-After': String(RETRY_SECONDS) }),
  memory: (message) => new PerfHttpError('too-many-requests', message, { 'Retry-After': String(RETRY_SECONDS) }),
  off: (message) => new PerfHttpError('not-found', message),
  unavailable: (message) => new PerfHttpError('not-implemented', message),
}

export function profilesRoute({ source }: RouteContext): PerfResponse {
  return json(200, profilesOf(source).data)
}

export async function beginProfileRoute({ source, request }: RouteContext): Promise<PerfResponse> {
  const profiles = profilesOf(source)
  const options = await readProfileRequest(request, source.config.limits.maxBodyBytes)
  const begun = begin(profiles, options)
  return json(202, begun, { Location: `${request.basePath}/profiles/${begun.id}` })
}

export function profileRoute({ source, request, params }: RouteContext): PerfResponse {
  const profiles = profilesOf(source)
  const format = parseProfileFormat(request.query) ?? 'json'
  const id = params.id ?? ''
  const profile = profiles.get(id)
  if (profile === null) throw new PerfHttpError('not-found', 'There is no profile with this id, or no longer')
  if (format === 'json') return json(200, profile)
  const own = profile.type === 'cpu' ? 'cpuprofile' : 'heapprofile'
  if (format !== own && format !== 'flame') throw bad('format', `of a ${profile.type} profile is json, flame or ${own}`)
  const file = format === 'flame' ? profiles.flame(id) : profiles.file(id)
  if (file === null) {
    const why = profile.state === 'running' ? 'The profile is being taken' : `The profile failed: ${profile.error}`
    throw new PerfHttpError('conflict', why)
  }
  if (format === 'flame') return { status: 200, headers: { 'Content-Type': JSON_TYPE }, body: file }
  const started = profile.startedAt.slice(0, 19).replaceAll(':', '-')
  const headers = {
    'Content-Type': JSON_TYPE,
    'Content-Disposition': `attachment; filename="${profile.type}-${started}Z.${own}"`,
  }
  return { status: 200, headers, body: file }
}

function profilesOf({ profiles }: PerfSource): ProfileSource {
  if (profiles === undefined) throw new PerfHttpError('not-implemented', 'Profiles cannot be taken here')
  return profiles
}

function begin(profiles: ProfileSource, options: Parameters<ProfileSource['begin']>[0]): ProfileSummary {
  try {
    return profiles.begin(options)
  } catch (error) {
    if (!(error instanceof ProfileRefusal)) throw error
    throw REFUSALS[error.reason](error.message.replace('[perf-monitor] ', ''))
  }
}
