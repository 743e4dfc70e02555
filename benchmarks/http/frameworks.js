// Who is compared, in which framework. A new one is a file beside the others in `<framework>/contenders/` and a line here.

// what costs ten times the floor is known well enough from shorter windows, and there are many of them
const DEAR = { windowShare: 0.5 }

/**
 * `bare` stands among the contenders against itself: what it shows beside 1.00 is noise. Comparisons put two of our own settings
 * against one another, as contenders are put against the bare app. `windowShare`: of the requests of a whole window.
 */
export const FRAMEWORKS = [
  {
    name: 'express',
    title: 'Express 5',
    windowShare: 0.6, // a request takes three times that of Fastify: windows of about the same length
    contenders: [
      { name: 'bare', title: 'bare Express against itself (the noise)' },
      { name: 'floor', title: 'floor: the least that measures anything' },
      { name: 'floor-scope', title: 'floor, with `AsyncLocalStorage`' },
      { name: 'same-facts', title: 'the same facts by hand: scope, each layer, first byte, bytes' },
      { name: 'prom-client', title: 'hand-written `prom-client` middleware' },
      { name: 'perf-monitor', title: '`perfMonitor()`, defaults' },
      { name: 'perf-monitor-everything', title: '`perfMonitor()`, everything on' },
      { name: 'perf-monitor-off', title: '`perfMonitor()`, the spine only' },
      { name: 'express-prom-bundle', title: '`express-prom-bundle`, with paths', ...DEAR },
      { name: 'express-status-monitor', title: '`express-status-monitor`', ...DEAR },
      { name: 'swagger-stats', title: '`swagger-stats`', ...DEAR },
      { name: 'opentelemetry-unsampled', title: 'OpenTelemetry, `http` and `express`, no trace sampled', ...DEAR },
      { name: 'opentelemetry', title: 'OpenTelemetry, `http` and `express`, every trace sampled', ...DEAR },
    ],
    comparisons: comparisons(),
  },
  {
    name: 'fastify',
    title: 'Fastify 5',
    windowShare: 1,
    contenders: [
      { name: 'bare', title: 'bare Fastify against itself (the noise)' },
      { name: 'floor', title: 'floor: the least that measures anything' },
      { name: 'floor-scope', title: 'floor, with `AsyncLocalStorage`' },
      { name: 'same-facts', title: 'the same facts by hand: scope, each layer, first byte, bytes' },
      { name: 'prom-client', title: 'hand-written `prom-client` hooks' },
      { name: 'perf-monitor', title: '`perfMonitor`, defaults' },
      { name: 'perf-monitor-everything', title: '`perfMonitor`, everything on' },
      { name: 'perf-monitor-off', title: '`perfMonitor`, the spine only' },
      { name: 'under-pressure', title: '`@fastify/under-pressure` (measures no request)' },
      { name: 'fastify-metrics', title: '`fastify-metrics`, routes only' },
      { name: 'otel-unsampled', title: 'OpenTelemetry, `http` and `@fastify/otel`, no trace sampled', ...DEAR },
      { name: 'otel', title: 'OpenTelemetry, `http` and `@fastify/otel`, every trace sampled', ...DEAR },
    ],
    comparisons: comparisons(),
  },
]

function comparisons() {
  return [
    {
      name: 'everything-over-spine',
      title: 'everything on, over the spine only',
      contender: 'perf-monitor-everything',
      partner: 'perf-monitor-off',
    },
    {
      name: 'profiled',
      title: 'a CPU profile running (a sample each 10 ms, as it takes them itself), over everything on without',
      contender: 'perf-monitor-profiled',
      partner: 'perf-monitor-everything',
      ...DEAR,
    },
    {
      name: 'profiled-1ms',
      title: 'a CPU profile running (a sample each 1 ms, as one asks for them), over everything on without',
      contender: 'perf-monitor-profiled-1ms',
      partner: 'perf-monitor-everything',
      ...DEAR,
    },
  ]
}

/** Everything that can be measured, comparisons as well, each with the files of its two servers. */
export function pairingsOf({ contenders, comparisons }) {
  return [...contenders.map((each) => ({ ...each, contender: each.name, partner: 'bare' })), ...comparisons]
}

/**
 * @typedef {object} Contender
 * @property {unknown} install what its framework's `startApp` takes, null for the bare app
 * @property {(() => number | Promise<number>) | null} countRequests since it began: whoever measures nothing is cheap
 * @property {() => Promise<boolean>} [isActive] of one that keeps no count: whether it measures what it measures
 * @property {() => number} [countProfiles] CPU profiles that were taken, of its own accord as well
 * @property {() => Promise<number>} [prepareWindow] resolves to how many profiles it began for the window
 */

/** @returns {Promise<Contender>} */
export async function createContender(framework, name) {
  const found = FRAMEWORKS.find((each) => each.name === framework)
  const known = found === undefined ? [] : pairingsOf(found).map(({ contender }) => contender)
  if (!known.includes(name)) throw new Error(`no contender is called ${framework} ${name}`)
  const { create } = await import(`./${framework}/contenders/${name}.js`)
  return create()
}

/** The framework is loaded only now: what instruments it must have been there before. */
export async function startApp(framework, install) {
  const { startApp: start } = await import(`./${framework}/app.js`)
  return start(install)
}
