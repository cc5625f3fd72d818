import type { NotificationMessage } from '../../../shared/notifications/message.ts'
import { messageSentences } from '../../../shared/notifications/message-words.ts'
import type { Delivery } from './channel.ts'

/** What programs are told, as JSON: webhooks and commands. The same for every try. */
export function payloadOf(delivery: Delivery): string {
  const { type, title, organization, heldFor, incidents, counts } = delivery.message
  return JSON.stringify({
    id: delivery.id,
    type,
    title,
    text: messageSentences(delivery.message).join('\n'),
    url: placeUrl(delivery),
    organization,
    heldFor,
    incidents,
    counts,
  })
}

/** Where the message leads to: its incident, or the list of them. Null when nobody has said where the console is. */
export function placeUrl({ consoleUrl, message }: Pick<Delivery, 'consoleUrl' | 'message'>): string | null {
  return consoleUrl === null ? null : `${consoleUrl}${placeOf(message)}`
}

/** Inside the console. */
export function placeOf(message: NotificationMessage): string {
  const [only] = message.type === 'summary' ? [] : message.incidents
  return only === undefined ? '/incidents' : `/incidents/${only.id}`
}
