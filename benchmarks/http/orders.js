// What both apps answer with: a list of 60 objects (about 9 KB) and small objects, behind an await.

const ORDER_COUNT = 60

const orders = Array.from({ length: ORDER_COUNT }, (_, id) => ({
  id,
  customer: `Customer ${id % 13}`,
  status: id % 3 === 0 ? 'shipped' : 'open',
  totalCents: 1000 + id * 37,
  createdAt: new Date(Date.UTC(2026, 0, 1, 0, id)).toISOString(),
  tags: ['web', id % 2 === 0 ? 'new' : 'returning'],
}))

// a database's answer comes later: one turn of the promise queue stands for it
export async function findStatus() {
  await null
  return { status: 'ok', orders: ORDER_COUNT }
}

export async function findAllOrders() {
  await null
  return orders
}

export async function findOrder(id) {
  await null
  const { customer, status } = orders[id % ORDER_COUNT]
  return { id: id % ORDER_COUNT, customer, status }
}
