export interface RedisServer {
  readonly url: string
  readonly port: number
  stop(): Promise<void>
}

export function redisMissing(): string | null
export function startRedis(): Promise<RedisServer>
