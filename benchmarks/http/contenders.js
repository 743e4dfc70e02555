// Who is compared. A new one is a file beside the others in `contenders/` and a line here.

/** `bare` stands among them against itself: what it shows beside 1.00 is noise. */
export const CONTENDERS = [
  { name: 'bare', title: 'bare Express against itself (the noise)' },
  { name: 'floor', title: 'floor: the least that measures anything' },
  { name: 'floor-scope', title: 'floor, with `AsyncLocalStorage`' },
  { name: 'prom-client', title: 'hand-written `prom-client` middleware' },
  { name: 'perf-monitor', title: '`perfMonitor()`, defaults' },
]

/**
 * A contender's middleware and how many requests it has counted since it began: whoever measures nothing is cheap.
 * @returns {Promise<{ middleware: import('express').RequestHandler | null, countRequests: (() => number | Promise<number>) | null }>}
 */
export async function createContender(name) {
  if (!CONTENDERS.some((contender) => contender.name === name)) throw new Error(`no contender is called ${name}`)
  const { create } = await import(`./contenders/${name}.js`)
  return create()
}
