import type { NotificationMessage } from '../../../shared/notifications/message.ts'
import { messageSentences, toneOf } from '../../../shared/notifications/message-words.ts'
import { nobodysOwn } from '../../../shared/ownership.ts'
import type { DeviceMessage } from '../device-outbox.ts'
import { placeOf } from './payload.ts'

/** Systems cut or refuse more. */
const bodyLimit = 240

/** As a device shows it: a title, a line or two, and where a click leads. */
export function deviceMessage(id: string, message: NotificationMessage): DeviceMessage {
  const whole = messageSentences(message).join('\n')
  // Who answers for it is said where there is room for it.
  const body = whole.length > bodyLimit ? messageSentences(withoutNames(message)).join('\n') : whole
  const tone = toneOf(message)
  const [only] = message.type === 'summary' ? [] : message.incidents
  return {
    id,
    title: message.title,
    body: body.length > bodyLimit ? `${body.slice(0, bodyLimit - 1).toWellFormed()}…` : body,
    severity: tone === 'test' ? 'resolved' : tone,
    place: placeOf(message),
    incidentId: only?.id ?? null,
  }
}

function withoutNames(message: NotificationMessage): NotificationMessage {
  return { ...message, incidents: message.incidents.map((incident) => ({ ...incident, ...nobodysOwn })) }
}
