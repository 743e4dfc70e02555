import { describe, expect, it } from 'vitest'
import { checkTree, faultsOf, importsOf } from '../../scripts/import-rows.mjs'

const core = (file: string, source: string) => faultsOf({ package: 'core', file: `src/${file}`, source })

describe('import rows', () => {
  it('hold in the tree', () => {
    const { faults, files } = checkTree(new URL('../..', import.meta.url).pathname)
    expect(faults).toEqual([])
    expect(files).toBeGreaterThan(50)
  })

  it.each([
    ['a row below', 'tracker/x.ts', "import { a } from '../monitor/y.js'", 'monitor (row 6) is below tracker (row 2)'],
    ['a type from a row below', 'types/x.ts', "import type { A } from '../http/y.js'", 'http (row 5) is below types'],
    ['a sibling folder', 'alerts/x.ts', "import { a } from '../optimizer/y.js'", 'optimizer is a sibling of alerts'],
    [
      'anything but row 1 from row 4',
      'exporters/x.ts',
      "import { a } from '../tracker/y.js'",
      'row 4 imports row 1 only',
    ],
    ['a dynamic import', 'history/x.ts', "const a = await import('../http/y.js')", 'http (row 5) is below history'],
    ['a re-export', 'config/x.ts', "export { a } from '../monitor/y.js'", 'monitor (row 6) is below config'],
    ['several lines', 'clock.ts', "import {\n  a,\n  b,\n} from './monitor/y.js'", 'monitor (row 6) is below clock'],
    ['an unknown folder', 'stuff/x.ts', "import { a } from '../types/y.js'", 'stuff stands in no row'],
    ['a package that is not listed', 'http/x.ts', "import a from 'lodash'", 'not among the packages'],
    ['another package', 'http/x.ts', "import a from '../../../express/src/index.js'", 'leaves its package'],
  ])('refuse %s', (_what, file, source, fault) => {
    expect(core(file, source).join()).toContain(fault)
  })

  it('refuse an adapter that uses more than the adapter door', () => {
    const source = "import { PerformanceMonitor } from '@perf-monitor/core'"
    expect(faultsOf({ package: 'express', file: 'src/index.ts', source })).toHaveLength(1)
  })

  it('let the page take types of core, and nothing else', () => {
    const page = (source: string) => faultsOf({ package: 'dashboard', file: 'src/app.tsx', source })
    expect(page("import type { A } from '../../core/src/types/report.js'")).toEqual([])
    expect(page("import { A } from '../../core/src/types/report.js'")).toHaveLength(1)
    expect(page("import type { A } from '../../core/src/monitor/reader.js'")).toHaveLength(1)
  })

  it('allow rows above, the own folder, Node and listed packages', () => {
    expect(
      core('http/x.ts', "import { a } from '../types/y.js'\nimport { b } from './z.js'\nimport 'node:http'"),
    ).toEqual([])
  })

  it('see every form of import, and none in comments', () => {
    const source = `// import a from './comment.js'
/* import b from './block.js' */
import './side-effect.js'
import type { C } from './type.js'
export * from './all.js'`
    expect(importsOf(source)).toEqual([
      { from: './side-effect.js', typeOnly: false },
      { from: './type.js', typeOnly: true },
      { from: './all.js', typeOnly: false },
    ])
  })
})
