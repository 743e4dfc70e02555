import type { Profile, ProfilerData, ProfileShare, ProfileSummary } from '@perf-monitor/core'
import { z } from 'zod'
import { type PerfClient, PerfError } from '../perf-client.js'
import { bytes, joinLines, line, ms, operationName, percent, place } from '../text.js'
import { tool } from './tool.js'

const DEFAULT_SECONDS = 5
const MAX_SECONDS = 60
const POLL_MS = 500
const GRACE_MS = 30_000 // a heap profile is written, mapped and reduced after its end
const CONFLICT = 409
const MAX_ROWS = 25
const MAX_STACK = 4

export const getProfile = tool({
  name: 'get_profile',
  title: 'Get a profile',
  description:
    'A profile that was taken: top lines and functions by self time (or bytes) and which operation they ran for. Without `id`: the list.',
  input: z.object({ id: z.string().min(1).max(200).optional() }),
  readOnly: true,
  async run({ id }, client) {
    if (id !== undefined) return profileText(await client.json<Profile>(`/profiles/${encodeURIComponent(id)}`))
    const { available, reason, profiles } = await client.json<ProfilerData>('/profiles')
    if (!available) throw new PerfError(`Profiles cannot be taken in this app: ${line(reason ?? 'switched off')}`)
    if (profiles.length === 0) return 'No profiles yet: take_profile takes one.'
    return joinLines(
      profiles.map(
        (each) => `${line(each.id, 60)} · ${each.type} · ${each.state} · ${ms(each.durationMs)} · ${each.startedAt}`,
      ),
      'the newest are first',
    )
  },
})

export const takeProfile = tool({
  name: 'take_profile',
  title: 'Take a profile',
  description:
    'Profiles the running app for some seconds and returns the result. cpu: what uses CPU; heap: what is allocated and still alive; allocation: all that is allocated, by place. Costs the app a few percent of CPU meanwhile; the app should be under its usual load.',
  input: z.object({
    type: z.enum(['cpu', 'heap', 'allocation']),
    seconds: z.number().int().min(1).max(MAX_SECONDS).optional().describe(`Default ${DEFAULT_SECONDS}`),
  }),
  readOnly: false,
  async run({ type, seconds = DEFAULT_SECONDS }, client) {
    const begun = await begin(client, { type, durationMs: seconds * 1000 })
    return profileText(await whenComplete(begun.id, { client, waitMs: seconds * 1000 + GRACE_MS }))
  },
})

/** The optimizer takes short ones of its own accord: one at a time, so this one waits its turn. */
async function begin(client: PerfClient, wanted: { type: string; durationMs: number }): Promise<ProfileSummary> {
  for (const endMs = Date.now() + GRACE_MS; ; ) {
    try {
      return await client.post<ProfileSummary>('/profiles', wanted)
    } catch (error) {
      if (!(error instanceof PerfError) || error.status !== CONFLICT || Date.now() > endMs) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

async function whenComplete(id: string, { client, waitMs }: { client: PerfClient; waitMs: number }): Promise<Profile> {
  const path = `/profiles/${encodeURIComponent(id)}`
  for (const endMs = Date.now() + waitMs; ; ) {
    const profile = await client.json<Profile>(path)
    if (profile.state === 'failed')
      throw new PerfError(`The profile failed: ${line(profile.error ?? 'no reason given')}`)
    if (profile.state === 'complete') return profile
    if (Date.now() > endMs) throw new PerfError(`The profile is not complete yet: get_profile with id ${id} later`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

function profileText(profile: Profile): string {
  if (profile.state !== 'complete')
    return `Profile ${line(profile.id, 60)} is ${profile.state}. ${line(profile.error ?? '')}`
  const amount = profile.unit === 'bytes' ? bytes : ms
  const lines = [
    `${profile.type} profile ${line(profile.id, 60)} over ${ms(profile.durationMs)}: ${amount(profile.total)} in all`,
    '',
  ]
  if (profile.places?.length > 0) lines.push('By line of the app:')
  for (const each of (profile.places ?? []).slice(0, MAX_ROWS)) {
    const api = each.api === null ? '' : ` in ${line(each.api, 100)}`
    const ran = each.operations.length === 0 ? '' : ` · for ${shares(each.operations)}`
    lines.push(`- ${percent(each.percent)} ${place(each.location)}${api}${ran}`)
    const callers = each.stack.slice(0, MAX_STACK).map((frame) => place(frame))
    if (callers.length > 0) lines.push(`    called from ${callers.join(' < ')}`)
  }
  if (profile.operations?.length > 0) lines.push('', `By operation: ${shares(profile.operations)}`)
  lines.push('', 'By function (self, with what it called):')
  for (const each of profile.functions.slice(0, MAX_ROWS)) {
    lines.push(
      `- ${percent(each.selfPercent)}, ${percent(each.totalPercent)} ${line(each.function, 100)} ${each.location === null ? '' : place({ ...each.location, function: null })}`,
    )
  }
  return joinLines(lines, 'the file itself is at /profiles/:id?format=cpuprofile')
}

function shares(of: readonly ProfileShare[]): string {
  return of
    .slice(0, 5)
    .map(
      (each) =>
        `${each.component === null ? 'no operation' : operationName(each.component, each.operation)} ${percent(each.percent)}`,
    )
    .join(', ')
}
