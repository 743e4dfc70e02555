// Places are shown relative to the app: what lies elsewhere keeps its whole path.
import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, sep } from 'node:path'

/** The folder of the package that was started, otherwise the working directory. */
export function appRoot(mainFile = process.argv[1], cwd = process.cwd()): string {
  if (mainFile === undefined || !isAbsolute(mainFile)) return cwd
  for (let folder = dirname(mainFile); folder !== dirname(folder); folder = dirname(folder)) {
    if (folder.split(sep).includes('node_modules')) continue // started by a tool: the app is elsewhere
    if (existsSync(join(folder, 'package.json'))) return folder
  }
  return cwd
}

/** With slashes on every platform. What is no path (`node:fs`, evaluated code) stays as it is. */
export function relativeTo(root: string, file: string): string {
  if (!isAbsolute(file)) return file
  const path = relative(root, file)
  const isInside = path !== '' && !path.startsWith('..') && !isAbsolute(path)
  return isInside ? path.split(sep).join('/') : file
}
