import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'

export async function startFiles({ monitorConfig, port, beside }, { keyOf }) {
  const folder = mkdtempSync(join(tmpdir(), 'files-'))
  const file = join(folder, 'avatar.txt')
  writeFileSync(file, 'x'.repeat(20_000))
  const app = express()
  app.use(perfMonitor(monitorConfig))
  app.get('/avatars/:id', async (request, response) => {
    const text = await readFile(file, 'utf8')
    response.json({ id: request.params.id, bytes: text.length })
  })
  app.get('/shares/:id', async (request, response) => {
    const key = await keyOf(request.params.id)
    response.json({ key: key.toString('hex') })
  })
  beside(app)
  const server = app.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
