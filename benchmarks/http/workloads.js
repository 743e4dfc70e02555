/** What is asked for: an answer that costs something, and one that costs little beside the framework. */
export const WORKLOADS = [
  { name: 'list', title: 'a list of 60 objects', path: '/api/orders' },
  { name: 'object', title: 'one small object', path: '/api/orders/7' },
]
