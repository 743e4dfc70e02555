import { once } from 'node:events'

/** Starts an Express app (or any request listener with `listen`), as `start` of an app must answer. */
export async function serve(app, port, close = () => {}) {
  const server = app.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.close()
      await close()
    },
  }
}
