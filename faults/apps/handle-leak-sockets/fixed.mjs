import { once } from 'node:events'
import { connect } from 'node:net'
import { startWeather } from './weather.mjs'

export default function start(given) {
  return startWeather(given, { ask })
}

async function ask(port, place) {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    socket.write(`${place}\n`)
    const [answer] = await once(socket, 'data')
    return Number(answer)
  } finally {
    socket.destroy()
  }
}
