/** 5xx, and a status that is none. 4xx is an answer: "not found" and "conflict" are how services talk. */
export function isFailedStatus(statusCode: number | undefined): boolean {
  return statusCode === undefined || statusCode >= 500
}

/** Server-sent events have no end to wait for. */
export function isEventStream(contentType: unknown): boolean {
  return typeof contentType === 'string' && /^\s*text\/event-stream/i.test(contentType)
}
