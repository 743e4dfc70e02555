// What one sample of the system and the runtime costs the app's own thread, and how many programs it starts.
import { setTimeout as delay } from 'node:timers/promises'
import { startChild } from '../lib/child.js'
import { spread } from '../lib/statistics.js'

const PROCESS = new URL('process.js', import.meta.url)

const CONTENDERS = [
  { name: 'perf-monitor', title: 'perf-monitor: system, container, runtime; kept, encoded, rules evaluated' },
  { name: 'systeminformation', title: '`systeminformation`: CPU, memory, disks, network, disk I/O' },
]

/** @param {{ count: number, intervalMs: number, cores: object | null, onProgress: (text: string) => void }} options */
export async function measureSample({ count, intervalMs, cores, onProgress }) {
  const contenders = []
  for (const { name, title } of CONTENDERS) {
    onProgress(`sample: ${name}`)
    const child = startChild({ url: PROCESS, args: [name], core: cores?.server ?? null })
    try {
      await child.ask('settle', { intervalMs })
      const samples = []
      for (let i = 0; i < count; i++) {
        await delay(intervalMs)
        samples.push(await child.ask('sample'))
      }
      contenders.push({ name, title, ...figuresOf(samples) })
    } finally {
      await child.stop()
    }
  }
  return { count, contenders }
}

/** Without `programs` where one sample does not tell them. */
export function figuresOf(samples) {
  const of = (name) => spread(samples.map((sample) => sample[name]))
  const isTold = samples.every(({ programs }) => programs !== null)
  return { mainMs: of('mainMs'), allMs: of('allMs'), ...(isTold ? { programs: of('programs') } : {}) }
}
