import type { LiveTopic } from '../../shared/live-topics.ts'
import { changesChannel, topicsOf } from './changes.ts'
import { Listener, type ListenerSettings } from './listener.ts'

/**
 * Work may be due; a run may have to be cancelled; a job may lack its next run; transitions of incidents wait for the dispatch; messages
 * wait for their channels.
 */
const wakeUps = ['jobs', 'cancel', 'plan', 'dispatch', 'deliveries'] as const
export type WakeUp = (typeof wakeUps)[number]

function isWakeUp(payload: string): payload is WakeUp {
  return wakeUps.some((known) => known === payload)
}

export interface WakeUpSettings extends Pick<ListenerSettings, 'url' | 'applicationName' | 'onState' | 'gate'> {
  readonly onWakeUp: (kind: WakeUp) => void
  /** What consoles are told has changed, for whoever keeps a picture of it: the connection is there anyway. */
  readonly onTopics: (topics: readonly LiveTopic[]) => void
}

/** Hears what may have to be done at once (J1). Not started yet. */
export function wakeUpListener({ onWakeUp, onTopics, onState, ...settings }: WakeUpSettings): Listener {
  return new Listener({
    ...settings,
    channels: {
      pipeline_manager: (payload) => {
        if (isWakeUp(payload)) onWakeUp(payload)
      },
      [changesChannel]: (payload) => onTopics(topicsOf(payload)),
    },
    onState: (listening, reason) => {
      onState(listening, reason)
      if (!listening) return
      // Whatever was written while nobody listened.
      onWakeUp('jobs')
      onWakeUp('cancel')
      onWakeUp('plan')
    },
  })
}
