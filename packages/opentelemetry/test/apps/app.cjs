const http = require('node:http')
const express = require('express')
const run = require('./run.cjs')

const perfMonitor = process.env.ADAPTER === 'on' ? require('@perf-monitor/express').perfMonitor : null
run({ express, perfMonitor, http })
