import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runOnNodes } from '../lib/nodes.js'
import { readOptions } from '../lib/options.js'

const COMMAND = fileURLToPath(new URL('../run.js', import.meta.url))

test('options that make no sense are refused', () => {
  expect(readOptions(['--only', 'http', '--contenders', 'floor', '--rounds', '2'])).toMatchObject({
    only: ['http'],
    contenders: ['floor'],
    rounds: 2,
  })
  expect(readOptions(['--frameworks', 'fastify']).frameworks).toEqual(['fastify'])
  expect(readOptions(['--contenders', 'everything-over-spine']).contenders).toEqual(['everything-over-spine'])
  expect(() => readOptions(['--only', 'htpp'])).toThrow(/--only takes some of http,.*, got htpp/)
  expect(() => readOptions(['--rounds', '0'])).toThrow('--rounds takes a whole number')
  expect(() => readOptions(['--write', '--short'])).toThrow('--write needs the whole benchmark')
  expect(() => readOptions(['--nodes', '20,v24'])).toThrow('--nodes takes versions such as 20,24, got v24')
})

test('each Node gets the same options, without the list of Nodes', () => {
  const { nodes, argsOfEachNode } = readOptions(['--short', '--nodes', '20,24', '--only', 'http'])
  expect(nodes).toEqual(['20', '24'])
  expect(argsOfEachNode).toEqual(['--short', '--only', 'http'])
  expect(readOptions(['--nodes=20', '--short']).argsOfEachNode).toEqual(['--short'])
})

test('the own version of Node runs the command itself, and what fails is named', async () => {
  const own = process.versions.node
  const runs = []
  const run = (node, args) => {
    runs.push([node, args])
    return runs.length === 1 ? 0 : 1
  }
  const versions = [own.split('.')[0], own]
  expect(await runOnNodes({ versions, file: COMMAND, args: ['--short'], run })).toEqual([own])
  expect(runs).toEqual(Array(2).fill([process.execPath, [COMMAND, '--short']]))
})
