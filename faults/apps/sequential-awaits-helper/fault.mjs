import { startTrips } from './trips.mjs'

export default function start(given) {
  return startTrips(given, (ask) => async (req, res) => {
    const { city } = req.params
    const weather = await ask(`/weather/${city}`)
    // and how to get there
    const trains = await ask(`/trains/${city}`)
    const hotels = await ask(`/hotels/${city}`)
    res.json({ weather, trains, hotels })
  })
}
