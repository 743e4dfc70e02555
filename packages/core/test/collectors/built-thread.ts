import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const packageFolder = fileURLToPath(new URL('../../', import.meta.url))

/** Compiles the collectors as they are now: a worker cannot run TypeScript, and dist/ may be old. */
export function buildCollectors(): { threadUrl: URL; folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'perf-monitor-thread-'))
  mkdirSync(join(folder, 'dist'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(packageFolder, 'tsconfig.build.json'),
      compilerOptions: {
        rootDir: join(packageFolder, 'src'),
        outDir: join(folder, 'dist'),
        typeRoots: [join(packageFolder, '../../node_modules/@types')],
      },
      include: [],
      files: ['thread', 'system-source'].map((name) => join(packageFolder, `src/collectors/${name}.ts`)),
    }),
  )
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  execFileSync(process.execPath, [tsc, '-p', folder], { stdio: 'pipe' })
  const remove = () => rmSync(folder, { recursive: true, force: true })
  return { folder, threadUrl: pathToFileURL(join(folder, 'dist/collectors/thread.js')), remove }
}
