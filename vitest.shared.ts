import { join } from 'node:path'

/** Reporters of every suite: in CI each also leaves its counts for the closing line of `.ci/run`. */
export function reporters(suite: string): ('default' | ['json', { outputFile: string }])[] {
  const folder = process.env.TEST_REPORTS
  return folder === undefined
    ? ['default']
    : ['default', ['json', { outputFile: join(folder, `${suite}-node${process.versions.node}.json`) }]]
}
