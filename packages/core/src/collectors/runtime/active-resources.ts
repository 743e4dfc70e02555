const MAX_TYPES = 50 // Node knows about forty; native add-ons may add their own
const OTHER = '(other)'

/** `process.getActiveResourcesInfo()` by type; further types than the limit are counted together. */
export function countActiveResources(types: string[]): Record<string, number> {
  const counts = new Map<string, number>()
  for (const type of types) {
    const known = counts.get(type)
    if (known !== undefined) counts.set(type, known + 1)
    else if (counts.size < MAX_TYPES - 1) counts.set(type, 1)
    else counts.set(OTHER, (counts.get(OTHER) ?? 0) + 1)
  }
  return Object.fromEntries(counts)
}
