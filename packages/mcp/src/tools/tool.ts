import type { z } from 'zod'
import type { PerfClient } from '../perf-client.js'

/** One tool: what the assistant is told of it, and how its answer is made. */
export interface Tool<Schema extends z.ZodObject = z.ZodObject> {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly input: Schema
  /** False for one that makes the app do something. */
  readonly readOnly: boolean
  /** @throws PerfError with what to do */
  run(input: z.infer<Schema>, client: PerfClient): Promise<string>
}

/** Keeps the input's type while tools stand in one list. */
export function tool<Schema extends z.ZodObject>(definition: Tool<Schema>): Tool {
  return definition as unknown as Tool
}
