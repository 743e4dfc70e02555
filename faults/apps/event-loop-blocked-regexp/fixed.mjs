import { startSignup } from './signup.mjs'

const ADDRESS = /^[a-z0-9]+(?:[._-][a-z0-9]+)*@[a-z0-9]+(?:[.-][a-z0-9]+)*\.[a-z]{2,}$/
const MAX_LENGTH = 254

export default function start(given) {
  return startSignup(given, { isAddress })
}

function isAddress(text) {
  return typeof text === 'string' && text.length <= MAX_LENGTH && ADDRESS.test(text)
}
