import { acknowledge, annotate, snooze, unacknowledge, wake } from './incidents-act.ts'
import { mute, mutes, previewMute, unmute } from './incidents-mutes.ts'
import { centre, get, groups, list, people, statistics } from './incidents-read.ts'

export const incidents = {
  list,
  groups,
  get,
  centre,
  statistics,
  people,
  acknowledge,
  unacknowledge,
  snooze,
  wake,
  annotate,
  mutes,
  previewMute,
  mute,
  unmute,
}
