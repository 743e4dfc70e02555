// A server of the HTTP part that is also asked what it keeps: `node --expose-gc server.js <framework> <contender>`.
import { createContender, startApp } from '../http/frameworks.js'
import { answerParent } from '../lib/child.js'
import { usedMemory } from './used.js'

const [framework, name] = process.argv.slice(2)
const { install } = await createContender(framework, name)
const server = await startApp(framework, install)

answerParent({
  port: () => server.address().port,
  used: usedMemory,
})
