import type { DeliveryState } from '../../shared/incidents.ts'
import type { StateName } from '../components/state-mark.tsx'

/** How the state of one delivery is shown. */
export const deliveryLooks: Readonly<Record<DeliveryState, { readonly state: StateName; readonly word: string }>> = {
  pending: { state: 'pending', word: 'Waiting' },
  held: { state: 'paused', word: 'Held by quiet hours' },
  sending: { state: 'running', word: 'Being told' },
  delivered: { state: 'completed', word: 'Told' },
  failed: { state: 'failed', word: 'Failed' },
  dropped: { state: 'skipped', word: 'Not told' },
}

/** Nothing more comes of it. */
export function isOver(state: DeliveryState): boolean {
  return state === 'delivered' || state === 'failed' || state === 'dropped'
}
