export function create() {
  return { install: null, countRequests: null }
}
