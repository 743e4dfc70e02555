// Runs `npm run demo` as a user would, and checks that /perf fills within 10 seconds and that Ctrl-C ends everything.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const FILL_MS = 10_000
const BUILD_MS = 180_000

const demo = spawn('npm', ['run', 'demo'], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], detached: true })
const exited = once(demo, 'exit')
let output = ''
demo.stdout.setEncoding('utf8')
demo.stdout.on('data', (chunk) => {
  output += chunk
})

async function until(what, limitMs, test) {
  const deadline = Date.now() + limitMs
  for (;;) {
    const found = await test()
    if (found) return found
    if (Date.now() > deadline || demo.exitCode !== null)
      throw new Error(`${what} did not come; the demo printed:\n${output}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

try {
  const url = await until('an address', BUILD_MS, () => output.match(/http:\/\/localhost:\d+\/perf/)?.[0])
  const started = Date.now()
  await until('figures at /perf', FILL_MS, async () => {
    const snapshot = await fetch(`${url}/snapshot`).then(
      (response) => response.json(),
      () => null,
    )
    const requests = snapshot?.componentMetrics?.http?.totalOperations ?? 0
    return requests >= 50 && snapshot.systemMetrics !== null && snapshot.componentMetrics.db?.totalOperations > 0
  })
  const filledMs = Date.now() - started
  for (const [path, type] of [
    ['', 'text/html'],
    ['/snapshot', 'application/json'],
    ['/report?format=markdown', 'text/markdown'],
    ['/report?format=csv', 'text/csv'],
    ['/report?format=html', 'text/html'],
    ['/history', 'application/json'],
    ['/alerts', 'application/json'],
    ['/metrics', 'text/plain'],
    ['/health', 'application/json'],
  ]) {
    const response = await fetch(url + path, { headers: { accept: type } })
    const body = await response.text()
    if (response.status !== 200 || !response.headers.get('content-type').startsWith(type) || body.length < 20) {
      throw new Error(`${path}: ${response.status} ${response.headers.get('content-type')}, ${body.length} bytes`)
    }
  }
  process.kill(-demo.pid, 'SIGINT')
  const timeout = setTimeout(() => {
    console.error('the demo did not end on Ctrl-C')
    process.kill(-demo.pid, 'SIGKILL')
    process.exitCode = 1
  }, 15_000)
  await exited
  clearTimeout(timeout)
  await until('silence', 5000, async () =>
    fetch(url).then(
      () => false,
      () => true,
    ),
  )
  console.log(`demo: figures ${filledMs} ms after its address, all endpoints answer, Ctrl-C ends it`)
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
  try {
    process.kill(-demo.pid, 'SIGKILL')
  } catch {
    // it has ended
  }
}
