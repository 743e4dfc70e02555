// Entry of the monitor's own thread: what it costs to look at the system is not paid by the loop that is measured.
// It lives as long as its port is open, and ends on `stop` or when the main thread's end of the port is gone.
import { workerData } from 'node:worker_threads'
import { everyMultiple, sampleLeadMs, systemClock } from '../clock.js'
import type { StartInThread } from '../types/thread.js'
import { closeKernelFiles } from './system/kernel-file.js'
import { OpenFiles } from './system/open-files.js'
import { PortableSampler } from './system/portable-sampler.js'
import { type SystemReader, SystemSampler } from './system/sampler.js'
import { ThreadFaults } from './thread-faults.js'
import {
  type FromThread,
  IS_RESTING,
  MAX_UNREAD_SAMPLES,
  processMonotonicMs,
  type ThreadData,
  type ToThread,
  UNREAD,
} from './thread-messages.js'
import { ThreadPoolProbe } from './thread-pool-probe.js'

const MAX_REST_PROBE_MS = 2000 // with rarer samples the end of a rest would be seen too late
const FIRST_SAMPLE_WAIT_MS = 200 // for disks and the like; what is late comes with the next sample

runThread(workerData as ThreadData)

function runThread({ port, shared, intervalMs, ioMonitoring, extensions = [] }: ThreadData): void {
  const sharedNumbers = new Int32Array(shared)
  const faults = new ThreadFaults()
  const reader = systemReader(faults, ioMonitoring)
  const openFiles = new OpenFiles()
  const probe = new ThreadPoolProbe({ clock: systemClock })
  const failed = new Map<string, unknown>()
  const ends = extensions.map(async ({ name, url, data }) => {
    try {
      const { start } = (await import(url)) as { start: StartInThread<unknown> }
      return start(data)
    } catch (error) {
      failed.set(name, error)
      return () => Promise.resolve()
    }
  })
  const post = (message: FromThread) => port.postMessage(message)

  const sample = () => {
    // the window of a rate must not depend on whether anybody reads, so the reading is taken in any case
    const system = reader.read()
    const threadPoolDelayMs = probe.takeDelayMs()
    if (Atomics.load(sharedNumbers, UNREAD) >= MAX_UNREAD_SAMPLES) return
    Atomics.add(sharedNumbers, UNREAD, 1)
    for (const [name, error] of failed) faults.report(name, error) // a fault that a sample does not list has gone
    const figures = { system, threadPoolDelayMs, openFiles: openFiles.read() }
    post({ type: 'sample', ...figures, faults: faults.take(), postedAtMs: processMonotonicMs() })
  }

  /** Each job wakes two threads. */
  const probePool = () => {
    const isResting = Atomics.load(sharedNumbers, IS_RESTING) === 1 && intervalMs <= MAX_REST_PROBE_MS
    if (!isResting) return probe.start(intervalMs)
    probe.stop()
    probe.probe() // after the sample: what it takes does not count as waiting
  }

  let isFirst = true
  const begin = () => {
    if (!isFirst) return
    isFirst = false
    sample()
    const again = () => {
      sample()
      probePool()
    }
    timer = everyMultiple(intervalMs, again, sampleLeadMs(intervalMs))
  }
  let timer = systemClock.after(FIRST_SAMPLE_WAIT_MS, begin)
  probe.start(intervalMs)
  void reader.prepare().then(begin)

  const stop = () => {
    isFirst = false
    probe.stop()
    timer.cancel()
    closeKernelFiles()
    void endExtensions().finally(() => port.close())
  }
  let ending: Promise<unknown> | null = null
  const endExtensions = () => {
    ending ??= Promise.allSettled(ends.map(async (starting) => (await starting)()))
    return ending
  }
  port.on('message', (message: ToThread) => {
    if (message.type === 'stop') stop()
  })
  port.on('close', stop)
}

function systemReader(guard: ThreadFaults, ioMonitoring: boolean): SystemReader {
  const { monotonicMs } = systemClock
  return process.platform === 'linux'
    ? new SystemSampler({ root: '/', monotonicMs, guard, ioMonitoring })
    : new PortableSampler({ platform: process.platform, monotonicMs, guard, ioMonitoring })
}
