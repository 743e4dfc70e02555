// A photo shop. A preview is drawn when it is first asked for, and read from the data disk from then on.
import { randomUUID } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import { serve } from '../../lib/serve.mjs'

const [WIDTH, HEIGHT] = [256, 200]
const HEADER_BYTES = 54
const BYTES_PER_PIXEL = 3

export function startShop({ monitorConfig, port, services, beside }, { written }) {
  const app = express()
  app.use(perfMonitor(monitorConfig))
  app.get('/photos/:id/preview.bmp', async (req, res) => {
    const id = Number(req.params.id)
    const file = join(services.disk.folder, `${id}.bmp`)
    const image = (await kept(file)) ?? (await newPreview(id, file))
    res.type('image/bmp').send(image)
  })
  app.get('/photos', (_req, res) => res.json(Array.from({ length: 20 }, (_, id) => ({ id, title: `Photo ${id}` }))))

  async function newPreview(id, file) {
    const image = drawn(id)
    const draft = `${file}.${randomUUID()}`
    await writeFile(draft, image)
    await rename(draft, file)
    await written(file)
    return image
  }

  beside(app)
  return serve(app, port)
}

async function kept(file) {
  try {
    return await readFile(file)
  } catch (error) {
    if (error.code === 'ENOENT') return null
    throw error
  }
}

/** A bitmap of 24 bits a pixel. */
function drawn(id) {
  const image = Buffer.alloc(HEADER_BYTES + WIDTH * HEIGHT * BYTES_PER_PIXEL)
  image.write('BM')
  image.writeUInt32LE(image.length, 2)
  image.writeUInt32LE(HEADER_BYTES, 10)
  image.writeUInt32LE(40, 14)
  image.writeInt32LE(WIDTH, 18)
  image.writeInt32LE(HEIGHT, 22)
  image.writeUInt16LE(1, 26)
  image.writeUInt16LE(8 * BYTES_PER_PIXEL, 28)
  for (let at = HEADER_BYTES, i = 0; at < image.length; at += BYTES_PER_PIXEL, i++) {
    const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)]
    image[at] = (x * id) & 255
    image[at + 1] = (y * id) & 255
    image[at + 2] = (x + y) & 255
  }
  return image
}
