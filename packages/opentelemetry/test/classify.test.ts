import { bridgeHost, PerformanceMonitor } from '@perf-monitor/core/adapter'
import { describe, expect, it } from 'vitest'
import { classify } from '../src/classify.js'
import { cleanName, componentOfScope } from '../src/names.js'
import type { BridgedSpan } from '../src/spans.js'

const host = bridgeHost(new PerformanceMonitor({ enabled: false }))

function span(given: Partial<Omit<BridgedSpan, 'attributes'>> & { attributes?: Record<string, unknown> }): BridgedSpan {
  return {
    name: 'span name',
    kind: 0,
    startTime: [0, 0],
    duration: [0, 0],
    status: { code: 0 },
    attributes: {},
    spanContext: () => ({ traceId: '', spanId: '' }),
    instrumentationScope: { name: 'scope' },
    ...given,
  }
}

const nameOf = (given: Parameters<typeof span>[0]) => {
  const { component, operation } = classify(span(given), host)
  return `${component}: ${operation}`
}

describe('classify', () => {
  it.each([
    // servers
    [1, { 'http.request.method': 'GET', 'http.route': '/a/:id' }, 'http: GET /a/:id'],
    [1, { 'http.method': 'POST', 'http.target': '/a/7?x=1' }, 'http: POST (unmatched)'],
    [1, { 'http.request.method': 'BREW', 'http.route': '/a' }, 'http: _OTHER /a'],
    // clients, new and old conventions
    [
      2,
      { 'http.request.method': 'get', 'server.address': 'api.example.com', 'server.port': 443, 'url.scheme': 'https' },
      'http-client: GET api.example.com',
    ],
    [
      2,
      {
        'http.request.method': 'GET',
        'server.address': 'api.example.com',
        'server.port': 8443,
        'url.full': 'https://api.example.com:8443/x?secret=1',
      },
      'http-client: GET api.example.com:8443',
    ],
    [
      2,
      { 'http.method': 'PUT', 'http.url': 'http://user:pw@old.example.com:8080/a/b?c=d' },
      'http-client: PUT old.example.com:8080',
    ],
    [2, { 'http.method': 'GET', 'http.url': 'not an address' }, 'http-client: GET (unknown)'],
    // databases
    [2, { 'db.system': 'mysql', 'db.statement': 'SELECT "x", 5' }, 'db: SELECT ?, ?'],
    [
      2,
      { 'db.system.name': 'microsoft.sql_server', 'db.query.text': "SELECT * FROM a WHERE b = N'c'" },
      'db: SELECT * FROM a WHERE b = ?',
    ],
    [
      2,
      {
        'db.system': 'mongodb',
        'db.statement': '{"name":"secret"}',
        'db.operation': 'find',
        'db.mongodb.collection': 'users',
      },
      'db: find users',
    ],
    [
      2,
      { 'db.system.name': 'dynamodb', 'db.operation.name': 'GetItem', 'db.collection.name': 'carts' },
      'db: GetItem carts',
    ],
    [2, { 'db.system': 'redis', 'db.statement': 'SET user:7 secret' }, 'db: SPAN'],
    // the rest
    [3, { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' }, 'messaging: send orders'],
    [
      4,
      {
        'messaging.system': 'rabbitmq',
        'messaging.operation.type': 'process',
        'messaging.destination.name': 'amq.gen-8f3',
        'messaging.destination.temporary': true,
      },
      'messaging: process (temporary)',
    ],
    [2, { 'rpc.system': 'grpc', 'rpc.service': 'shop.Orders', 'rpc.method': 'Get' }, 'rpc-client: shop.Orders/Get'],
    [1, { 'rpc.system': 'grpc', 'rpc.service': 'shop.Orders', 'rpc.method': 'Get' }, 'rpc: shop.Orders/Get'],
    [1, { 'faas.trigger': 'timer', 'faas.name': 'cleanup' }, 'faas: cleanup'],
    [0, { 'express.type': 'middleware' }, 'handler: span name'],
    [0, {}, 'scope: span name'],
  ])('kind %i %j is %s', (kind, attributes, expected) => {
    expect(nameOf({ kind, attributes })).toBe(expected)
  })

  it('takes 4xx of an outbound call for an answer, as the instruments do', () => {
    const call = { kind: 2, status: { code: 2 }, attributes: { 'http.request.method': 'GET', 'server.address': 'a' } }
    expect(classify(span(call), host).success).toBe(false)
    const of = (statusCode: number) =>
      classify(span({ ...call, attributes: { ...call.attributes, 'http.response.status_code': statusCode } }), host)
    expect(of(404).success).toBe(true)
    expect(of(502).success).toBe(false)
  })
})

describe('cleanName', () => {
  it.each([
    ['GET /users/7?token=abc', 'GET /users/?'],
    ['fetch https://api.example.com/users/7?token=abc', 'fetch (address)'],
    ['process 3f2504e0-4f89-11d3-9a0c-0305e82c3301 now', 'process ? now'],
    ['mail to ada@example.com', 'mail to ?'],
    ['find {"name":"Ada"}', 'find {?:?}'],
    ['order_12345', 'order_?'],
    ['deadbeef42', '?'],
    ['render s3 v2', 'render s3 v2'],
    ['line\nbreak\u0000', 'line break'],
    ['', '(unnamed)'],
    [undefined, 'undefined'],
    ['x'.repeat(5000), `${'x'.repeat(199)}…`],
  ])('%j becomes %j', (given, expected) => {
    expect(cleanName(given)).toBe(expected)
  })
})

describe('componentOfScope', () => {
  it.each([
    ['@opentelemetry/instrumentation-graphql', 'graphql'],
    ['opentelemetry-instrumentation-kafkajs', 'kafkajs'],
    ['@prisma/instrumentation', 'instrumentation'],
    ['my-app', 'my-app'],
    ['db', 'otel-db'],
    ['', 'opentelemetry'],
  ])('%j is %j', (scope, expected) => {
    expect(componentOfScope(scope)).toBe(expected)
  })
})
