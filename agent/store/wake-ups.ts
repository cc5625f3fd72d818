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
}

/** Hears what may have to be done at once (J1). Not started yet. */
export function wakeUpListener({ onWakeUp, onState, ...settings }: WakeUpSettings): Listener {
  return new Listener({
    ...settings,
    channel: 'pipeline_manager',
    onNotification: (payload) => {
      if (isWakeUp(payload)) onWakeUp(payload)
    },
    onState: (listening, reason) => {
      onState(listening, reason)
      if (!listening) return
      // Whatever was written while nobody listened.
      onWakeUp('jobs')
      onWakeUp('cancel')
    },
  })
}
