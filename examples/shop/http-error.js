/** An answer other than success; the error handler in app.js sends it. */
export class HttpError extends Error {
  /**
   * @param {number} status
   * @param {string} message what the client is told
   * @param {ErrorOptions} [options]
   */
  constructor(status, message, options) {
    super(message, options)
    this.name = 'HttpError'
    this.status = status
  }
}
