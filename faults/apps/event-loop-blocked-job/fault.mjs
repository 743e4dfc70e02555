import { startBlog } from './blog.mjs'

export default function start(given) {
  return startBlog(given, { trendsOf })
}

function trendsOf(posts) {
  const words = []
  for (const { text } of posts) {
    for (const word of text.toLowerCase().split(' ')) {
      const known = words.find((each) => each.word === word) // a list, looked through for each word
      if (known !== undefined) known.count++
      else if (words.length < 1500) words.push({ word, count: 1 })
    }
  }
  return words.sort((a, b) => b.count - a.count)
}
