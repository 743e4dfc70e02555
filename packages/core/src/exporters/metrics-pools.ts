// Pools of connections: of databases by OpenTelemetry's names for `db.client.connection`, the sockets of agents by those for `http.client`.
import type { PoolRecord } from '../types/captures.js'
import type { ExpositionInput, Labels, Metric, NumberSample } from './metric.js'
import { figure } from './metric.js'

type Samples = Generator<NumberSample, void, undefined>

const AGENT = 'agent '
const HOST_PORT = /^(.+):(\d{1,5})$/

export const POOL_METRICS: Readonly<Record<string, Metric>> = {
  db_client_connections: {
    type: 'gauge',
    unit: '',
    help: 'Connections of a pool, by state.',
    samples: (input) =>
      ofDatabases(input, function* ({ openConnections, idleConnections }, labels) {
        yield* figure(idleConnections, { ...labels, db_client_connection_state: 'idle' })
        yield* figure(openConnections - idleConnections, { ...labels, db_client_connection_state: 'used' })
      }),
  },
  db_client_connection_max: {
    type: 'gauge',
    unit: '',
    help: 'Connections that a pool may open at most.',
    samples: (input) => ofDatabases(input, ({ maxConnections }, labels) => figure(maxConnections, labels)),
  },
  db_client_connection_pending_requests: {
    type: 'gauge',
    unit: '',
    help: 'Requests that wait for a connection of a pool.',
    samples: (input) => ofDatabases(input, ({ waitingRequests }, labels) => figure(waitingRequests, labels)),
  },
  http_client_open_connections: {
    type: 'gauge',
    unit: '',
    help: 'Sockets of the agents of node:http, by state.',
    samples: (input) =>
      ofAgents(input, function* ({ openConnections, idleConnections }, labels) {
        yield* figure(openConnections - idleConnections, { ...labels, http_connection_state: 'active' })
        yield* figure(idleConnections, { ...labels, http_connection_state: 'idle' })
      }),
  },
  http_client_pending_requests: {
    type: 'gauge',
    unit: '',
    help: 'Requests that wait for a socket of an agent of node:http.',
    samples: (input) => ofAgents(input, ({ waitingRequests }, labels) => figure(waitingRequests, labels)),
  },
}

type ToSamples = (pool: PoolRecord, labels: Labels) => Samples

function* ofDatabases({ pools = [] }: ExpositionInput, samplesOf: ToSamples): Samples {
  for (const pool of pools) {
    if (!pool.name.startsWith(AGENT)) yield* samplesOf(pool, { db_client_connection_pool_name: pool.name })
  }
}

function* ofAgents({ pools = [] }: ExpositionInput, samplesOf: ToSamples): Samples {
  for (const pool of pools) {
    if (!pool.name.startsWith(AGENT)) continue
    const target = pool.name.slice(AGENT.length)
    const [, host = target, port = ''] = HOST_PORT.exec(target) ?? []
    yield* samplesOf(pool, { server_address: host, server_port: port })
  }
}
