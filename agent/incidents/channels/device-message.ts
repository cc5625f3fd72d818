import type { NotificationMessage } from '../../../shared/notifications/message.ts'
import { messageSentences, toneOf } from '../../../shared/notifications/message-words.ts'
import type { DeviceMessage } from '../device-outbox.ts'
import { placeOf } from './payload.ts'

/** Systems cut or refuse more. */
const bodyLimit = 240

/** As a device shows it: a title, a line or two, and where a click leads. */
export function deviceMessage(id: string, message: NotificationMessage): DeviceMessage {
  const body = messageSentences(message).join('\n')
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
