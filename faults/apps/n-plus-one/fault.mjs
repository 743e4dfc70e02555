import { startBlog } from './blog.mjs'

export default function start(given) {
  return startBlog(given, postsOf)
}

async function postsOf(pool, tag) {
  const { rows: posts } = await pool.query('SELECT id, author_id, title FROM posts WHERE tag = $1', [tag])
  const listed = []
  for (const { id, author_id: authorId, title } of posts) {
    // who wrote it
    const { rows } = await pool.query('SELECT name FROM authors WHERE id = $1', [authorId])
    listed.push({ id, title, author: rows[0]?.name })
  }
  return listed
}
