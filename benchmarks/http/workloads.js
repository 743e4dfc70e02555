/** What is asked for: a route and nothing else; behind middlewares and a router an answer that costs something, and one that costs little. */
export const WORKLOADS = [
  { name: 'route', title: 'one small route alone', path: '/api/status' },
  { name: 'list', title: 'a list of 60 objects', path: '/api/orders' },
  { name: 'object', title: 'one small object', path: '/api/orders/7' },
]
