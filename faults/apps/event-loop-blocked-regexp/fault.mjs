import { startSignup } from './signup.mjs'

const ADDRESS = /^([a-z0-9]+[._-]?)+@([a-z0-9]+[.-]?)+\.[a-z]{2,}$/

export default function start(given) {
  return startSignup(given, { isAddress })
}

function isAddress(text) {
  return typeof text === 'string' && ADDRESS.test(text) // tried in every way there is
}
