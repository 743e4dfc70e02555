import { startBlog } from './blog.mjs'

export default function start(given) {
  return startBlog(given, postsOf)
}

async function postsOf(pool, tag) {
  const { rows: posts } = await pool.query('SELECT id, author_id, title FROM posts WHERE tag = $1', [tag])
  const ids = posts.map(({ author_id: authorId }) => authorId)
  const { rows } = await pool.query('SELECT id, name FROM authors WHERE id = ANY($1)', [ids])
  const names = new Map(rows.map(({ id, name }) => [id, name]))
  return posts.map(({ id, author_id: authorId, title }) => ({ id, title, author: names.get(authorId) }))
}
