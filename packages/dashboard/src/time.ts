// Times local, with the zone where there is room for it.

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

const clockTime = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const shortTime = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const dayAndTime = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
})
const wholeTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' })

export function toMs(time: string | null): number | null {
  if (time === null) return null
  const ms = Date.parse(time)
  return Number.isNaN(ms) ? null : ms
}

export function formatClock(ms: number): string {
  return clockTime.format(ms)
}

/** With the day once it is not today's. */
export function formatMoment(ms: number, nowMs: number): string {
  return Math.abs(nowMs - ms) < DAY_MS / 2 ? clockTime.format(ms) : dayAndTime.format(ms)
}

export function formatWhole(ms: number): string {
  return wholeTime.format(ms)
}

export function formatSpan(fromMs: number, toMs: number): string {
  const sameDay = new Date(fromMs).toDateString() === new Date(toMs).toDateString()
  return `${dayAndTime.format(fromMs)} – ${sameDay ? shortTime.format(toMs) : dayAndTime.format(toMs)}`
}

/** `12 s`, `4 min`, `3 h`, `2 d`: how long ago, as people round it. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 90) return `${seconds}\u00a0s`
  const minutes = Math.round(ms / MINUTE_MS)
  if (minutes < 90) return `${minutes}\u00a0min`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours}\u00a0h` : `${Math.round(hours / 24)}\u00a0d`
}

export function formatUptime(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return `${hours} h ${minutes % 60} min`
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}
