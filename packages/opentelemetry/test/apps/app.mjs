import http from 'node:http'
import express from 'express'
import run from './run.cjs'

const { perfMonitor } = process.env.ADAPTER === 'on' ? await import('@perf-monitor/express') : { perfMonitor: null }
await run({ express, perfMonitor, http })
