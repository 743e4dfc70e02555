import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { perfMonitor } from '@perf-monitor/fastify'
import fastify from 'fastify'

const ENTRIES = 25_000

export async function startSite({ monitorConfig, port, beside }, { redirectsIn }) {
  const folder = mkdtempSync(join(tmpdir(), 'site-'))
  const file = join(folder, 'redirects.txt')
  writeFileSync(
    file,
    Array.from({ length: ENTRIES }, (_, i) => `/old/page-${i} /pages/${i} permanent ${'x'.repeat(60)}`).join('\n'),
  )
  const redirects = redirectsIn(file)
  const app = fastify()
  await app.register(perfMonitor, monitorConfig)
  app.addHook('preHandler', async (request) => {
    const text = await redirects()
    request.isMoved = text.length > 0 && text.startsWith(request.url)
  })
  app.get('/pages/:id', async (request) => ({ id: request.params.id, title: 'A page', moved: request.isMoved }))
  app.get('/feed', async () => ({ items: Array.from({ length: 30 }, (_, i) => ({ i, title: `Item ${i}` })) }))
  beside(app)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return {
    url,
    stop: async () => {
      await app.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
