import type { DeviceMessage } from '../device-outbox.ts'
import { type Channel, type Delivery, DeliveryFailure } from './channel.ts'
import { deviceMessage } from './device-message.ts'

/**
 * Every device with a desktop shows what is told on it, each for itself: see desktop-follower.ts. It needs no entry in a file, and
 * without a route everything is told there. Only a test goes to one device alone, as a delivery like any other.
 */
export const desktop = { isRoutable: true } as const

/** What the desktop shell can do for us. */
export interface DesktopPort {
  /** `do_not_disturb`: what is shown now would be lost, so it is kept until later. */
  readonly state: () => 'showing' | 'do_not_disturb'
  /** Shows it and resolves once the system has taken it; rejects with the system's reason. */
  readonly show: (message: DeviceMessage) => Promise<void>
}

const timeoutMs = 10_000

/** The desktop of this device, for tests. */
export function openDesktop(port: DesktopPort): Channel {
  return {
    type: 'desktop',
    timeoutMs,
    deliver: async ({ id, message }: Delivery, signal) => {
      const shown = port.show(deviceMessage(id, message))
      // The system may never answer.
      const { promise: late, reject } = Promise.withResolvers<never>()
      const giveUp = (): void => reject(new DeliveryFailure('The system gave no answer.', { isWorthAnotherTry: false }))
      signal.addEventListener('abort', giveUp, { once: true })
      try {
        await Promise.race([shown, late])
        return 'Shown on this device.'
      } finally {
        signal.removeEventListener('abort', giveUp)
      }
    },
  }
}
