// Who is compared, in which framework. A new one is a file beside the others in `<framework>/contenders/` and a line here.

/** `bare` stands among them against itself: what it shows beside 1.00 is noise. */
export const FRAMEWORKS = [
  {
    name: 'express',
    title: 'Express 5',
    contenders: [
      { name: 'bare', title: 'bare Express against itself (the noise)' },
      { name: 'floor', title: 'floor: the least that measures anything' },
      { name: 'floor-scope', title: 'floor, with `AsyncLocalStorage`' },
      { name: 'prom-client', title: 'hand-written `prom-client` middleware' },
      { name: 'perf-monitor', title: '`perfMonitor()`, defaults' },
      { name: 'express-prom-bundle', title: '`express-prom-bundle`, with paths' },
      { name: 'opentelemetry-unsampled', title: 'OpenTelemetry, `http` and `express`, no trace sampled' },
      { name: 'opentelemetry', title: 'OpenTelemetry, `http` and `express`, every trace sampled' },
    ],
  },
  {
    name: 'fastify',
    title: 'Fastify 5',
    contenders: [
      { name: 'bare', title: 'bare Fastify against itself (the noise)' },
      { name: 'floor', title: 'floor: the least that measures anything' },
      { name: 'floor-scope', title: 'floor, with `AsyncLocalStorage`' },
      { name: 'prom-client', title: 'hand-written `prom-client` hooks' },
      { name: 'perf-monitor', title: '`perfMonitor`, defaults' },
      { name: 'fastify-metrics', title: '`fastify-metrics`, routes only' },
    ],
  },
]

/**
 * What a contender installs, and how many requests it has counted since it began: whoever measures nothing is cheap.
 * @returns {Promise<{ install: unknown, countRequests: (() => number | Promise<number>) | null }>} `install`: what its
 *   framework's `startApp` takes, null for the bare app
 */
export async function createContender(framework, name) {
  const known = FRAMEWORKS.find((each) => each.name === framework)?.contenders ?? []
  if (!known.some((contender) => contender.name === name))
    throw new Error(`no contender is called ${framework} ${name}`)
  const { create } = await import(`./${framework}/contenders/${name}.js`)
  return create()
}

/** The framework is loaded only now: what instruments it must have been there before. */
export async function startApp(framework, install) {
  const { startApp: start } = await import(`./${framework}/app.js`)
  return start(install)
}
