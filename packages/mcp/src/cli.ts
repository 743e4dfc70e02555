#!/usr/bin/env node
// Standard output belongs to the protocol: everything for people goes to standard error.
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { PerfClient, PerfError } from './perf-client.js'
import { packageVersion, perfMonitorServer } from './server.js'

const USAGE = `usage: perf-monitor-mcp [address]
  address   where the monitor is mounted, e.g. http://127.0.0.1:3000/perf; or PERF_MONITOR_URL
environment
  PERF_MONITOR_TOKEN                              of the app's auth: { token }
  PERF_MONITOR_USERNAME, PERF_MONITOR_PASSWORD    of the app's auth: { username, password }
`

function main(args: readonly string[], env: NodeJS.ProcessEnv): void {
  if (args.includes('--version')) {
    process.stderr.write(`${packageVersion()}\n`)
    return
  }
  const [address = env.PERF_MONITOR_URL, ...more] = args
  if (address === undefined || more.length > 0 || address.startsWith('-')) {
    process.stderr.write(USAGE)
    process.exitCode = args.includes('--help') ? 0 : 2
    return
  }
  const options = {
    url: address,
    token: env.PERF_MONITOR_TOKEN,
    username: env.PERF_MONITOR_USERNAME,
    password: env.PERF_MONITOR_PASSWORD ?? '',
  }
  try {
    new PerfClient(options) // a bad address is said before anybody connects
  } catch (error) {
    process.stderr.write(`perf-monitor-mcp: ${error instanceof PerfError ? error.message : String(error)}\n`)
    process.exitCode = 2
    return
  }
  serveStdio(() => perfMonitorServer(options), {
    onerror: (error) => process.stderr.write(`perf-monitor-mcp: ${error.message}\n`),
  })
}

main(process.argv.slice(2), process.env)
