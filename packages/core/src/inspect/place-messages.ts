import type { MessagePort } from 'node:worker_threads'
import type { SourceLocation } from '../types/findings.js'
import type { Frame } from './frames.js'

export interface PlaceData {
  readonly port: MessagePort
  readonly root: string
}

export interface PlaceRequest {
  readonly ids: number[]
  readonly frames: Frame[]
}

export interface PlaceAnswer {
  readonly ids: number[]
  readonly locations: SourceLocation[]
}
