export function create() {
  return { middleware: null, countRequests: null }
}
