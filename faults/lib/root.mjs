/** What a limit of a container's kind takes first. `null` for root. */
export function rootMissing(what) {
  return process.getuid?.() === 0 ? null : `${what} takes root`
}
