// Against a stand-in for a model's server, with everything that such servers do wrong.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { openAiAdvisor } from '../../src/advisor/openai.js'
import type { AdvisorInput } from '../../src/types/advice.js'

const INPUT: AdvisorInput = {
  service: { name: 'shop', version: null, node: '20.0.0' },
  window: { from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T00:03:00.000Z' },
  findings: [],
}
const never = new AbortController().signal
const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

interface Asked {
  url: string | undefined
  headers: IncomingMessage['headers']
  body: { model: string; messages: { role: string; content: string }[] }
}

async function standIn(answer: (res: ServerResponse) => void): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = []
  const server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk) => chunks.push(chunk))
    req.on('end', () => {
      asked.push({ url: req.url, headers: req.headers, body: JSON.parse(Buffer.concat(chunks).toString()) })
      answer(res)
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked }
}

const completion = (content: unknown) => JSON.stringify({ choices: [{ message: { role: 'assistant', content } }] })

describe('openAiAdvisor', () => {
  it('asks for a chat completion and returns its text', async () => {
    const { url, asked } = await standIn((res) => res.end(completion('Add an index.')))
    const advisor = openAiAdvisor({ url, model: 'local', apiKey: 'k-123' })
    expect(await advisor(INPUT, { signal: never })).toBe('Add an index.')
    expect(advisor.model).toBe('local')
    expect(asked[0]?.url).toBe('/v1/chat/completions')
    expect(asked[0]?.headers.authorization).toBe('Bearer k-123')
    expect(asked[0]?.body.model).toBe('local')
    expect(JSON.parse(asked[0]?.body.messages[1]?.content ?? '')).toEqual(INPUT)
  })

  it('takes the whole address too, and text in parts', async () => {
    const { url, asked } = await standIn((res) => res.end(completion([{ type: 'text', text: 'a' }, { text: 'b' }, {}])))
    const advisor = openAiAdvisor({ url: `${url}/chat/completions/`, model: 'm' })
    expect(await advisor(INPUT, { signal: never })).toBe('ab')
    expect(asked[0]?.url).toBe('/v1/chat/completions')
    expect(asked[0]?.headers.authorization).toBeUndefined()
  })

  it.each([
    [
      '500 with a reason',
      (res) => res.writeHead(500).end('{"error":{"message":"out of memory for ada@example.com"}}'),
      'answered 500: out of memory for (mail)',
    ],
    ['401', (res) => res.writeHead(401).end('no'), 'answered 401'],
    ['broken JSON', (res) => res.end('{"choices": ['), 'no chat completion in JSON'],
    ['other JSON', (res) => res.end('null'), 'no chat completion in JSON'],
    ['an empty body', (res) => res.end(), 'no chat completion in JSON'],
    [
      'a redirect',
      (res) => res.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end(),
      'redirects are not followed',
    ],
    ['a huge answer', (res) => res.end(completion('x'.repeat(300_000))), 'larger than 262144 bytes'],
    [
      'a broken answer',
      (res) => {
        res.writeHead(200, { 'Content-Length': 100 }).write('{')
        setImmediate(() => res.destroy())
      },
      /aborted|hang up|reset/,
    ],
  ] as [string, (res: ServerResponse) => void, string | RegExp][])('refuses %s', async (_what, answer, message) => {
    const { url } = await standIn(answer)
    await expect(openAiAdvisor({ url, model: 'm', apiKey: 'k-123' })(INPUT, { signal: never })).rejects.toThrow(message)
  })

  it('does not wait for ever', async () => {
    const { url } = await standIn(() => {})
    const advisor = openAiAdvisor({ url, model: 'm', timeoutMs: 20 })
    await expect(advisor(INPUT, { signal: never })).rejects.toThrow('did not answer in time')
  })

  it('ends when its signal says so', async () => {
    const stop = new AbortController()
    const { url } = await standIn(() => stop.abort(new Error('enough')))
    await expect(openAiAdvisor({ url, model: 'm' })(INPUT, { signal: stop.signal })).rejects.toThrow('enough')
  })

  it('says who cannot be reached', async () => {
    const advisor = openAiAdvisor({ url: 'http://127.0.0.1:1/v1', model: 'm' })
    await expect(advisor(INPUT, { signal: never })).rejects.toThrow(/ECONNREFUSED|bad port/)
  })

  it.each([
    [{ url: 'ftp://a/b', model: 'm' }, '`url` must be'],
    [{ url: 'http://user:pw@a/b', model: 'm' }, 'without credentials'],
    [{ url: 'nonsense', model: 'm' }, '`url` must be'],
    [{ url: 'http://a', model: '' }, '`model` must be'],
    [{ url: 'http://a', model: 'm', apiKey: 'a b\r\nX: y' }, '`apiKey` must be'],
    [{ url: 'http://a', model: 'm', timeoutMs: 0 }, '`timeoutMs` must be'],
  ])('refuses %j at construction', (options, message) => {
    expect(() => openAiAdvisor(options)).toThrow(message)
  })
})
