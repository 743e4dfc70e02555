import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'

const ROUNDS_PER_SECOND = 3 // of visitors: enough to be found within seconds, and half of the time left for the page

/** The planted app in a process of its own, with visitors until enough was found. */
export async function startPlanted() {
  const app: ChildProcess = fork(fileURLToPath(new URL('planted-app.mjs', import.meta.url)))
  const [url] = (await once(app, 'message')) as [string]
  const get = async (path: string) => (await fetch(`${url}${path}`)).text()
  let isVisited = true
  const visit = async (rounds: number) => {
    for (let round = 0; round < rounds; round++) {
      const calm = new Promise((resolve) => setTimeout(resolve, 1000 / ROUNDS_PER_SECOND))
      await Promise.all(['/report', ...Array(4).fill(['/orders', '/products', '/failing']).flat()].map(get))
      await calm
    }
  }
  const visitors = (async () => {
    while (isVisited) await visit(1)
  })()
  return {
    url,
    visit,
    async untilFound(types: string[]) {
      const found = async () =>
        JSON.parse(await get('/perf/report?format=json')).bottlenecks.map(({ type }: { type: string }) => type)
      await expect.poll(found, { timeout: 60_000, interval: 1000 }).toEqual(expect.arrayContaining(types))
    },
    async stop() {
      isVisited = false
      await visitors
      const gone = once(app, 'exit')
      app.disconnect()
      await gone
    },
  }
}
