import { startTrips } from './trips.mjs'

export default function start(given) {
  return startTrips(given, (ask) => async (req, res) => {
    const { city } = req.params
    const [weather, trains, hotels] = await Promise.all([
      ask(`/weather/${city}`),
      ask(`/trains/${city}`),
      ask(`/hotels/${city}`),
    ])
    res.json({ weather, trains, hotels })
  })
}
