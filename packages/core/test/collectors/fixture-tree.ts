import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'
import type { Containment } from '../../src/collectors/system/collector.js'

const trees: string[] = []

afterAll(() => {
  for (const tree of trees.splice(0)) rmSync(tree, { recursive: true, force: true })
})

/** A folder that stands for `/`. */
export class FixtureTree {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'perf-monitor-tree-')))

  constructor(files: Record<string, string> = {}) {
    trees.push(this.root)
    this.write(files)
  }

  write(files: Record<string, string>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.root, path)), { recursive: true })
      writeFileSync(join(this.root, path), text)
    }
  }

  /** A directory in the file's place: reading it fails for every user, root included. */
  makeUnreadable(path: string): void {
    this.remove(path)
    mkdirSync(join(this.root, path), { recursive: true })
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true, force: true })
  }
}

/** Contains as a guard does, and keeps what was reported. */
export class FaultList implements Containment {
  readonly faults: string[] = []

  run<T>(part: string, fn: () => T, fallback: T): T {
    try {
      return fn()
    } catch (error) {
      this.report(part, error)
      return fallback
    }
  }

  report(part: string, error: unknown): void {
    this.faults.push(`${part}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
