// Entry of the profiler in the monitor's thread: V8 samples the main thread, and the result is parsed, reduced and written here.
import { systemClock } from '../clock.js'
import { MainSession, settled } from '../inspect/main-session.js'
import { SourceMaps } from '../inspect/source-maps.js'
import type { ProfileType } from '../types/metrics.js'
import type { StartInThread } from '../types/thread.js'
import type { CaptureData, CaptureMessage, FromCapture } from './messages.js'
import { type CallFrame, type CpuProfile, type HeapNode, type Reduced, reduceCpu, reduceHeap } from './reduce.js'

const SHORTEST_INTERVAL_US = 1000 // 4 to 9 % of the app's CPU; 10 ms costs 0 to 3 %
const MAX_SAMPLES = 10_000 // longer profiles sample less often: the main thread writes them all out when it stops
const HEAP_INTERVAL_BYTES = 512 * 1024 // costs nothing that can be measured; 32 KiB would be 6 to 9 %
const MAX_FILE_BYTES = 16 * 1024 * 1024

export const start: StartInThread<CaptureData> = ({ port, root }) => {
  const maps = new SourceMaps(root)
  const locate = ({ functionName, url, lineNumber, columnNumber }: CallFrame) =>
    url === '' || lineNumber < 0
      ? null
      : maps.locate({ function: functionName || null, url, line: lineNumber + 1, column: columnNumber + 1 })
  let session: MainSession | null = null

  const capture = async ({ id, profileType, durationMs }: CaptureMessage) => {
    session = new MainSession()
    let answer: FromCapture
    try {
      session.open()
      const profile =
        profileType === 'cpu'
          ? await cpuProfile(session, durationMs)
          : await heapProfile(session, durationMs, profileType)
      session.close()
      const { total, functions } = reduced(profile, locate)
      const file = new TextEncoder().encode(JSON.stringify(profile.content))
      if (file.byteLength > MAX_FILE_BYTES)
        throw new Error(`it has ${file.byteLength} bytes, more than ${MAX_FILE_BYTES}`)
      answer = { type: 'captured', id, file, total, functions }
    } catch (error) {
      answer = { type: 'failed', id, message: error instanceof Error ? error.message : String(error) }
    } finally {
      session.close()
    }
    port.postMessage(answer, answer.type === 'captured' ? [answer.file.buffer as ArrayBuffer] : [])
  }

  port.on('message', (message: CaptureMessage) => void capture(message))
  port.on('close', () => session?.close()) // nobody is left to read it
  return async () => {
    session?.close()
    port.close()
    await settled()
  }
}

type Captured = { type: 'cpu'; content: CpuProfile } | { type: 'heap' | 'allocation'; content: { head: HeapNode } }

async function cpuProfile(session: MainSession, durationMs: number): Promise<Captured> {
  const interval = Math.max(SHORTEST_INTERVAL_US, Math.ceil((durationMs * 1000) / MAX_SAMPLES))
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval })
  await session.post('Profiler.start')
  await elapsed(durationMs)
  const { profile } = await session.post<{ profile: CpuProfile }>('Profiler.stop')
  await session.post('Profiler.disable')
  return { type: 'cpu', content: profile }
}

/** V8 leaves out what was collected meanwhile unless told otherwise. */
async function heapProfile(
  session: MainSession,
  durationMs: number,
  type: Exclude<ProfileType, 'cpu'>,
): Promise<Captured> {
  const isCollectedToo = type === 'allocation'
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: HEAP_INTERVAL_BYTES,
    includeObjectsCollectedByMajorGC: isCollectedToo,
    includeObjectsCollectedByMinorGC: isCollectedToo,
  })
  await elapsed(durationMs)
  const { profile } = await session.post<{ profile: { head: HeapNode } }>('HeapProfiler.stopSampling')
  return { type, content: profile }
}

function reduced(profile: Captured, locate: (frame: CallFrame) => ReturnType<SourceMaps['locate']> | null): Reduced {
  return profile.type === 'cpu' ? reduceCpu(profile.content, locate) : reduceHeap(profile.content.head, locate)
}

function elapsed(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    systemClock.after(durationMs, resolve)
  })
}
