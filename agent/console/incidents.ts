import { acknowledge, annotate, snooze, unacknowledge, wake } from './incidents-act.ts'
import { mute, mutes, unmute } from './incidents-mutes.ts'
import { centre, get, list, statistics } from './incidents-read.ts'

export const incidents = {
  list,
  get,
  centre,
  statistics,
  acknowledge,
  unacknowledge,
  snooze,
  wake,
  annotate,
  mutes,
  mute,
  unmute,
}
