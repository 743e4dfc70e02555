import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/fastify'
import fastify from 'fastify'

const POSTS = 40_000
const EVERY_MS = 2500

const posts = Array.from({ length: POSTS }, (_, id) => ({
  id,
  author: `author-${id % 900}`,
  text: `Post ${id} about ${['tea', 'rain', 'bikes', 'rust', 'music'][id % 5]} and ${['time', 'salt', 'stone'][id % 3]}`,
}))

export async function startBlog({ monitorConfig, port, beside }, { trendsOf }) {
  const app = fastify()
  await app.register(perfMonitor, monitorConfig)
  let trends = []
  const job = setInterval(() => {
    trends = trendsOf(posts)
  }, EVERY_MS)
  app.get('/posts/:id', async (request) => {
    await wait(3)
    return posts[Number(request.params.id)] ?? {}
  })
  app.get('/trends', async () => ({ trends: trends.slice(0, 10) }))
  beside(app)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return {
    url,
    stop: async () => {
      clearInterval(job)
      await app.close()
    },
  }
}
