// Requests as written, and all that came back.
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'

export interface Answer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: string
}

export interface Sent {
  readonly method: string
  readonly path: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** Sends one request on a connection of its own; resolves when the answer is complete. */
export async function send(url: string, { method, path, headers, body }: Sent): Promise<Answer> {
  const response = await open(url, { method, path, headers, body })
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  return { status: response.statusCode ?? 0, headers: response.headers, body: text }
}

/** Resolves when the answer's head is there. */
export async function open(url: string, { method, path, headers, body }: Sent): Promise<IncomingMessage> {
  const { hostname, port } = new URL(url)
  const outgoing = request({ host: hostname, port, method, path, headers, agent: false })
  outgoing.end(body)
  const [response] = await once(outgoing, 'response')
  return response
}

/** A connection on which `text` was written. */
export async function connection(url: string, text: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write(text)
  return socket
}

/** Writes bytes, gives all that came back until the server closed the connection: end with a `Connection: close` request. */
export async function raw(url: string, text: string): Promise<Buffer> {
  const socket = await connection(url, text)
  const parts: Buffer[] = []
  for await (const part of socket) parts.push(part)
  return Buffer.concat(parts)
}

/** What must not differ between two answers to the same request. */
export function comparable({ status, headers, body }: Answer): Answer {
  const { date: _date, ...rest } = headers
  return { status, headers: rest, body }
}
