// The words of docs/overhead.md that hold no figures.

export const INTRODUCTION = `# Overhead

<!-- Written by \`npm run bench -- --write\`: change benchmarks/, not this file. -->

What perf-monitor costs the app that it measures, against the same app without it and against what one would write by hand. Ratios of CPU time
travel between machines better than microseconds do, and CPU time is steadier than requests per second.`

export const HOW = `## What does not hold, and why

- A request costs more than by hand with \`prom-client\`. That is not for one slow part: a middleware by hand takes two clock readings a request and records once, for the route.
  The defaults take two for each middleware, hook and handler as well (five in the app of Express, four in that of Fastify), find out by watching each layer which route a request
  came to, keep them as a trace should the request be slow or fail, count its bytes and note its first byte, and keep the request's scope across awaits. In CPU profiles
  (\`--profile\`) our own functions are the smaller part of what is added and none of them stands out; the rest is garbage collection, and Node's own work for two more listeners a request
  and for \`AsyncLocalStorage\`. The row of the spine only
  shows what is left without scope, instruments and watchdog: most of it. Fewer layers cost less, and what is measured of each layer is what tells which one is slow.
- One sample of the system and the runtime: its figures come ready from the monitor's thread; what the rest of it takes has not been cut down yet.

## How it is measured

- The app of Express has a route before which nothing stands, then four middlewares and a router with two async handlers; that of Fastify the
  same route, and a plugin with three hooks and the same two handlers.
  perf-monitor runs with its defaults: every route, middleware, hook and handler timed, children found through \`AsyncLocalStorage\`, system and runtime sampled once a second. The sampling is in the figures.
- Servers and load generator are separate processes. 16 connections send a fixed number of requests, one after another on each, so that a window costs
  both partners the same work. CPU time is that of all threads of the server's process between two marks.
- Each contender has a bare partner of its own. Both are started anew each round and warmed up until V8 has compiled what it will (what that costs has a
  table of its own), and their windows alternate, so what else the machine does falls on both. A ratio is one window of the contender over the bare one beside it; the median of these ratios is given, and their spread.
- "Bare against itself" is such a pair without any difference: how far it strays from 1.00 is what the other ratios may stray as well.
- The floor is a middleware with two clock readings, one look-up in a map, one increment of a bucket and one listener.
  "The same facts by hand" is the least code that learns what perf-monitor learns of a request by default: its scope, route, status, duration, first byte,
  bytes, and the time of each layer; it knows no failures, aborts, streams, pipelines, parents or traces, and contains and bounds nothing.
- A contender that did not count every request that it was sent ends the run: nobody is quick by measuring less.
- \`@fastify/under-pressure\` looks at the process and counts no request: that it sampled is what is looked at. \`swagger-stats\` asks for an older
  \`prom-client\` than the other rivals and runs with theirs, version 15; \`express-status-monitor\` runs without its optional add-on for the event loop: nothing is compiled when packages are installed here.
- Everything on: \`Server-Timing\` as well, and no profile asked for. The spine only: without request scope, instruments, watchdog, profiles, disks, network, pages and
  Prometheus. These two, and a CPU profile that runs through every window, are put against one another as contenders are put against the bare app.
- Requests to Express come in shorter windows than those to Fastify, those to dear contenders in windows of half the length: each takes about as long as another.
- What OpenTelemetry would cost to send its spans is not in its figures.
- Single calls run in a process of their own, in turns with a loop that only reads the durations, which are lognormal around 5 ms.
- Memory is what is left on the heap and in buffers after garbage collection; what an operation takes is the difference that as many more of them make
  (durations around a middle of its own for each, lognormal, in ten intervals). \`perf_hooks\` keeps its histograms outside of both: there resident memory tells.
  The hours of the requests without sockets are made by a clock that is passed in, with ten minutes of history by the second and an hour by the minute, so
  that the history is full by the middle. Compared by heap snapshots after four and eight hours, what had still come was mostly code that V8 compiled.
- Quantiles are held to those of the sorted values: the smallest value such that at least that share of all values is at or below it. The same values for
  all, from a generator with a seed. What keeps buckets is read as Prometheus reads it: linear within a bucket, by the logarithm within an exponential one,
  and what lies above the highest bound is taken for that.
- The idle app is the same one without load. Its figures come from pairs that run at the same time.
- Answers for many operations: four tenths of them routes, each with a handler and one or two queries of its own, after an hour in which a few are hot and
  each runs at least once a minute, and ten seconds in which all run. \`prom-client\` and OpenTelemetry hold one histogram per operation, with the same
  buckets and labels. A block is the longest turn of the event loop until the answer was sent, without the time in which the thread had no processor
  (Linux tells that); garbage collection that fell into it is told apart. CPU time is the process's, in requests of their own.

## Repeat it

\`\`\`sh
npm ci
npm run bench -- --nodes 20,24 --write   # a quarter of an hour for each Node, needs two cores; renews this page
npm run bench:compare -- HEAD~30         # this tree against an earlier version, or one from npm
npm run bench:short                      # two minutes: shows that it runs, its figures are rough
\`\`\`

\`benchmarks/README.md\` tells the options and how to add a contender.
`
