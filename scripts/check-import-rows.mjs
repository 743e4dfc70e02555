import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkTree } from './import-rows.mjs'

const { faults, files } = checkTree(join(dirname(fileURLToPath(import.meta.url)), '..'))
for (const fault of faults) console.error(fault)
console.log(`import rows: ${files} files, ${faults.length} faults`)
process.exitCode = faults.length > 0 || files === 0 ? 1 : 0
