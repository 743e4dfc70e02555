// A case's app, its clock, and what the monitor counted.
import { type OperationMetrics, type PerformanceConfig, PerformanceMonitor } from '@perf-monitor/core'
import type { ContractApp, ContractOptions, CreateContractApp, EarlyOperation } from '../kit.js'
import { type Answer, send } from './client.js'
import { TestHooks, turn } from './hooks.js'

const SILENT = { info() {}, warn() {}, error() {} }

export class World {
  hooks = new TestHooks()
  readonly options: ContractOptions
  readonly #create: CreateContractApp
  readonly #apps: ContractApp[] = []
  readonly #monitors = new Set<PerformanceMonitor>()

  constructor(create: CreateContractApp, options: ContractOptions) {
    this.#create = create
    this.options = options
  }

  /** The app with a monitor of that configuration, or with that monitor. */
  async app(config: PerformanceConfig | PerformanceMonitor = {}): Promise<Running> {
    const given = config instanceof PerformanceMonitor ? config : { ...this.quiet, ...config }
    const app = await this.#create(given, this.hooks)
    this.#apps.push(app)
    this.#monitors.add(app.monitor)
    return new Running(app, this)
  }

  /** A configuration for tests: time in the test's hands, nothing in the log. */
  get quiet(): PerformanceConfig {
    return {
      clock: this.hooks.clock,
      logger: SILENT,
      auth: false,
      enableIoMonitoring: false,
      stallThresholdMs: 0,
      collectionIntervalMs: 3_600_000,
    }
  }

  async end(): Promise<void> {
    this.hooks.end()
    for (const app of this.#apps.splice(0)) await app.close()
    for (const monitor of this.#monitors) await monitor.stop()
    this.#monitors.clear()
    this.hooks = new TestHooks()
  }

  /** What the framework calls an operation of the kit; `null` when it lets nobody see the request. */
  nameOf(operation: EarlyOperation | 'GET /files/*'): string | null {
    const name = this.options.operations?.[operation]
    return name === undefined ? (operation.split(',')[0] as string) : name
  }
}

export class Running {
  readonly url: string
  readonly monitor: PerformanceMonitor
  readonly #world: World

  constructor(app: ContractApp, world: World) {
    this.url = app.url
    this.monitor = app.monitor
    this.#world = world
  }

  /** `send('GET /plain')`: one request; resolves when it was answered and counted. */
  async send(request: string, options: { headers?: Record<string, string>; body?: string } = {}): Promise<Answer> {
    const [method = '', path = ''] = request.split(' ')
    const answer = await send(this.url, { method, path, ...options })
    await this.settled()
    return answer
  }

  /** The last byte is with the client a moment before the response closes for the server. */
  async settled(): Promise<void> {
    // a broken clock leaves nothing to wait for
    while (!this.#world.hooks.clock.isBroken && this.monitor.tracker.activeRequests > 0) await turn()
  }

  operations(component: string): Record<string, OperationMetrics> {
    return this.monitor.getSnapshot().componentMetrics[component]?.operationBreakdown ?? {}
  }

  /** An operation of `http`; fails when there is none. */
  http(name: string): OperationMetrics {
    const all = this.operations('http')
    const operation = all[name]
    if (operation === undefined) throw new Error(`no operation ${name} among: ${Object.keys(all).join(', ')}`)
    return operation
  }

  /** Counts by operation of `http`. */
  counts(): Record<string, number> {
    return Object.fromEntries(Object.entries(this.operations('http')).map(([name, { count }]) => [name, count]))
  }
}
