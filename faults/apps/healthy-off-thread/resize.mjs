import { parentPort } from 'node:worker_threads'

const PIXELS = 12_000_000

parentPort.on('message', ({ id, picture }) => {
  let checksum = picture
  for (let i = 0; i < PIXELS; i++) checksum = (checksum * 31 + i) % 1_000_003
  parentPort.postMessage({ id, checksum })
})
