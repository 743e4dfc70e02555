// The process of an app (or of the service that it depends on): nothing but the app runs here.
import { pathToFileURL } from 'node:url'
import { answerParent } from '../../scripts/child-process.mjs'
import { mountBeside } from './beside.mjs'

const [file] = process.argv.slice(2)
let running = null

answerParent(
  {
    async start({ monitorConfig, port, services, besideCount, variant }) {
      const { default: start } = await import(pathToFileURL(file).href)
      const beside = (app) => mountBeside(app, besideCount)
      running = await start({ monitorConfig, port, services, beside, variant })
      return { url: running.url }
    },
  },
  () => running?.stop(),
)
