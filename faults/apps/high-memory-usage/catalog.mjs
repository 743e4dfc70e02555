import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/fastify'
import fastify from 'fastify'

const PARTS = 60_000
const LANGUAGES = ['en', 'de', 'fr', 'it', 'es', 'pl']

export const parts = Array.from({ length: PARTS }, (_, id) => ({ id, key: `part-${id}`, grams: id % 900 }))

export async function startCatalog({ monitorConfig, port, beside }, { textsOf }) {
  const app = fastify()
  await app.register(perfMonitor, monitorConfig)
  const texts = Object.fromEntries(LANGUAGES.map((language) => [language, textsOf(language)]))
  app.get('/parts/:language/:id', async (request) => {
    await wait(3)
    const { language, id } = request.params
    return { id, text: texts[language]?.(Number(id)) ?? null }
  })
  beside(app)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return { url, stop: async () => app.close() }
}
