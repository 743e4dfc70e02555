export interface PostgresServer {
  /** `postgres://postgres@127.0.0.1:<port>/postgres` */
  readonly url: string
  readonly port: number
  stop(): Promise<void>
}

export function postgresMissing(): string | null
export function startPostgres(options?: { maxConnections?: number }): Promise<PostgresServer>
