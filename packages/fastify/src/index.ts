import {
  type AdapterHost,
  adapterHost,
  type PerformanceConfig,
  type PerformanceMonitor,
} from '@perf-monitor/core/adapter'
import type { FastifyInstance, FastifyPluginCallback } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { observe } from './observe.js'

declare module 'fastify' {
  interface FastifyInstance {
    perfMonitor: PerformanceMonitor
  }
}

/** Measures requests and handlers of the app (or of the plugin that registers it) and serves `/perf`. */
export const perfMonitor: FastifyPluginCallback<PerformanceConfig | PerformanceMonitor> = fastifyPlugin(plugin, {
  name: '@perf-monitor/fastify',
  fastify: '5.x',
})

function plugin(
  app: FastifyInstance,
  config: PerformanceConfig | PerformanceMonitor,
  done: (error?: Error) => void,
): void {
  let host: AdapterHost
  try {
    host = adapterHost(config)
  } catch (error) {
    done(error as Error) // a bad configuration: thrown, it would end the process
    return
  }
  const { monitor } = host
  if (!app.hasDecorator('perfMonitor')) app.decorate('perfMonitor', monitor)
  if (monitor !== config) app.addHook('onClose', () => monitor.stop())
  // disabled, there is nothing to pass a request through
  if (monitor.config.enabled) observe(app, host)
  done()
}
