// Places in the monitor's thread: a source map can be megabytes, which the main thread must neither read nor parse.
import type { StartInThread } from '../types/thread.js'
import type { PlaceAnswer, PlaceData, PlaceRequest } from './place-messages.js'
import { SourceMaps } from './source-maps.js'

export const start: StartInThread<PlaceData> = ({ port, root }) => {
  const maps = new SourceMaps(root)
  port.on('message', ({ ids, frames }: PlaceRequest) => {
    maps.learn(frames)
    const answer: PlaceAnswer = { ids, locations: frames.map((frame) => maps.locate(frame)) }
    port.postMessage(answer)
  })
  return async () => port.close()
}
