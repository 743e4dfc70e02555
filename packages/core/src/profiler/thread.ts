// Entry of the profiler in the monitor's thread: V8 samples the main thread, and the result is parsed, reduced and written here.
import { systemClock } from '../clock.js'
import type { Frame } from '../inspect/frames.js'
import { MainSession, settled } from '../inspect/main-session.js'
import { SourceMaps } from '../inspect/source-maps.js'
import { Sources } from '../inspect/sources.js'
import type { ProfileType } from '../types/metrics.js'
import type { StartInThread } from '../types/thread.js'
import { flameOf } from './flame.js'
import { correct, type Look, lookOf, PROMPT_MS, withoutLooks } from './looks.js'
import type { CaptureData, CapturedMessage, CaptureMessage, FromCapture, LookAnswer, ToCapture } from './messages.js'
import { placesOf } from './places.js'
import { type CallFrame, type CpuProfile, cpuTree, type HeapNode, heapTree, reduce, type TreeNode } from './reduce.js'
import { operationAt, processMonotonicUs } from './slots.js'

const SHORTEST_INTERVAL_US = 1000 // 4 to 9 % of the app's CPU; 10 ms costs 0 to 3 %
const GENTLE_INTERVAL_US = 10_000
const MAX_SAMPLES = 10_000 // longer profiles sample less often: the main thread writes them all out when it stops
const HEAP_INTERVAL_BYTES = 512 * 1024 // costs nothing that can be measured; 32 KiB would be 6 to 9 %
const MAX_FILE_BYTES = 16 * 1024 * 1024
const MAX_OPERATIONS = 100
const WANTED_LOOKS = 150 // of a profile: a function with a tenth of the time is in fifteen
const MIN_LOOK_GAP_MS = 20 // a look costs both threads together about 1.3 ms
const MAX_LOOK_GAP_MS = 200

export const start: StartInThread<CaptureData> = ({ port, root }) => {
  const maps = new SourceMaps(root)
  let session: MainSession | null = null
  /** Waits for the main thread's numbers. */
  let observed: ((exchanges: Uint16Array) => void) | null = null
  const post = (message: FromCapture, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer)

  const cpuTreeOf = async (id: string, profile: CpuProfile, { timeline }: CaptureMessage): Promise<TreeNode | null> => {
    if (timeline === null) return cpuTree(profile)
    const exchanges = await new Promise<Uint16Array>((resolve) => {
      observed = resolve
      post({ type: 'sampled', id })
    })
    return cpuTree(profile, operationAt(timeline, exchanges))
  }

  const capture = async (message: CaptureMessage) => {
    const { id, profileType, durationMs } = message
    const own = new MainSession() // one that was given up may still be answered while the next is taken
    session = own
    try {
      own.open()
      let content: CpuProfile | { head: HeapNode }
      let tree: TreeNode | null
      if (profileType === 'cpu') {
        const { profile, looks } = await cpuProfile(own, message)
        own.close()
        content = profile
        tree = await cpuTreeOf(id, profile, message)
        if (tree !== null) {
          withoutLooks(tree)
          correct(tree, looks)
        }
      } else {
        content = await heapProfile(own, durationMs, profileType)
        own.close()
        tree = heapTree(content.head)
      }
      const file = new TextEncoder().encode(JSON.stringify(content))
      if (file.byteLength > MAX_FILE_BYTES)
        throw new Error(`it has ${file.byteLength} bytes, more than ${MAX_FILE_BYTES}`)
      const captured: CapturedMessage = { type: 'captured', id, file, ...reduced(tree, maps) }
      post(captured, [captured.file.buffer as ArrayBuffer, captured.flame.buffer as ArrayBuffer])
    } catch (error) {
      post({ type: 'failed', id, message: error instanceof Error ? error.message : String(error) })
    } finally {
      own.close()
    }
  }

  port.on('message', (message: ToCapture) => {
    if (message.type === 'capture') void capture(message)
    else observed?.(message.exchanges)
  })
  port.on('close', () => session?.close()) // nobody is left to read it
  return async () => {
    session?.close()
    port.close()
    await settled()
  }
}

async function cpuProfile(
  session: MainSession,
  { durationMs, gentle, expression }: CaptureMessage,
): Promise<{ profile: CpuProfile; looks: Look[] }> {
  const shortestUs = gentle ? GENTLE_INTERVAL_US : SHORTEST_INTERVAL_US
  const interval = Math.max(shortestUs, Math.ceil((durationMs * 1000) / MAX_SAMPLES))
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval })
  await session.post('Profiler.start')
  const looks: Look[] = []
  const isOver = elapsed(durationMs)
  const ask = () => (expression === null ? Promise.resolve() : addLook(session, expression, looks))
  // not at equal distances, which the app's own timers may have as well
  const gapMs = Math.min(MAX_LOOK_GAP_MS, Math.max(MIN_LOOK_GAP_MS, durationMs / WANTED_LOOKS))
  const next = () => elapsed(gapMs * (0.5 + Math.random()))
  for (let running = true; running; ) {
    running = await Promise.race([isOver.then(() => false), next().then(() => true)])
    // a native call answers late, and must not make the profile longer than it does by itself
    if (running) running = await Promise.race([isOver.then(() => false), ask().then(() => true)])
  }
  const { profile } = await session.post<{ profile: CpuProfile }>('Profiler.stop')
  await session.post('Profiler.disable')
  return { profile, looks }
}

async function addLook(session: MainSession, expression: string, looks: Look[]): Promise<void> {
  const askedAtUs = processMonotonicUs()
  try {
    const evaluate = { expression, returnByValue: true, silent: true }
    const { result } = await session.post<{ result: { value?: string | null } }>('Runtime.evaluate', evaluate)
    if (typeof result.value !== 'string') return
    const { atUs, frames } = JSON.parse(result.value) as LookAnswer
    const look = atUs - askedAtUs <= PROMPT_MS * 1000 ? lookOf(frames) : []
    if (look.length > 0) looks.push(look)
  } catch {
    // a look less; when the session was closed, the profile says so
  }
}

/** V8 leaves out what was collected meanwhile unless told otherwise. */
async function heapProfile(
  session: MainSession,
  durationMs: number,
  type: Exclude<ProfileType, 'cpu'>,
): Promise<{ head: HeapNode }> {
  const isCollectedToo = type === 'allocation'
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: HEAP_INTERVAL_BYTES,
    includeObjectsCollectedByMajorGC: isCollectedToo,
    includeObjectsCollectedByMinorGC: isCollectedToo,
  })
  await elapsed(durationMs)
  const { profile } = await session.post<{ profile: { head: HeapNode } }>('HeapProfiler.stopSampling')
  return profile
}

function reduced(tree: TreeNode | null, maps: SourceMaps): Omit<CapturedMessage, 'type' | 'id' | 'file'> {
  const locate = (frame: CallFrame) => {
    const begins = beginOf(frame)
    return begins === null ? null : maps.locate(begins)
  }
  if (tree === null)
    return { total: 0, functions: [], places: [], operations: [], flame: new TextEncoder().encode('{}') }
  maps.learn(framesOf(tree))
  const flame = flameOf(tree, locate)
  return {
    ...reduce(tree, locate),
    places: placesOf(tree, {
      sources: new Sources(),
      learn: (frames) => maps.learn(frames),
      locate: (frame) => maps.locate(frame),
    }),
    operations: operationsOf(tree),
    flame: new TextEncoder().encode(JSON.stringify(flame)),
  }
}

/** Where functions begin, the callers first. */
function* framesOf(root: TreeNode): Generator<Frame> {
  const open = [root]
  for (const node of open) {
    const begins = beginOf(node.frame)
    if (begins !== null) yield begins
    open.push(...node.children)
  }
}

/** `null` for V8's own. */
function beginOf({ functionName, url, lineNumber, columnNumber }: CallFrame): Frame | null {
  if (url === '' || lineNumber < 0) return null
  return { function: functionName || null, url, line: lineNumber + 1, column: columnNumber + 1 }
}

function operationsOf(root: TreeNode): CapturedMessage['operations'] {
  const sums = new Map<number, number>()
  const open = [root]
  for (const node of open) {
    for (const [number, self] of node.operations) sums.set(number, (sums.get(number) ?? 0) + self)
    open.push(...node.children)
  }
  return [...sums].sort((a, b) => b[1] - a[1]).slice(0, MAX_OPERATIONS)
}

function elapsed(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    systemClock.after(durationMs, resolve)
  })
}
