// The oldest Fastify 5 and the newest.
import fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import oldest from 'fastify-5-0'
import { describe } from 'vitest'

export type Create = (options?: FastifyServerOptions) => FastifyInstance

export const FASTIFY_VERSIONS: { name: string; create: Create }[] = [
  { name: 'Fastify 5.0', create: oldest as unknown as Create },
  { name: 'Fastify 5', create: fastify as unknown as Create },
]

export function describeEachFastify(body: (create: Create, name: string) => void): void {
  for (const { name, create } of FASTIFY_VERSIONS) describe(name, () => body(create, name))
}
