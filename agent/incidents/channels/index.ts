import type { ChannelType } from '../../../shared/incidents.ts'
import type { Channel, ChannelPlace } from './channel.ts'
import { type CommandChannelSpec, openCommand } from './command.ts'
import { desktop } from './desktop.ts'
import { type EmailSpec, openEmail } from './email.ts'
import { inApp } from './in-app.ts'
import { openSlack, type SlackSpec } from './slack.ts'
import { openWebhook, type WebhookSpec } from './webhook.ts'

/** What the entry of a channel may say, by type. A new type is one line here, one below, and one in channel-spec.ts. */
interface EntrySpecs {
  webhook: WebhookSpec
  slack: SlackSpec
  email: EmailSpec
  command: CommandChannelSpec
}
/** Types that need an entry in an agent's local file; the others are always there. */
export type EntryType = keyof EntrySpecs

/** @throws Problem `invalid_configuration` for what a person has to change before it can be used. */
type Opener<Type extends EntryType> = (spec: EntrySpecs[Type], place: ChannelPlace) => Channel

const openers: { readonly [Type in EntryType]: Opener<Type> } = {
  webhook: openWebhook,
  slack: openSlack,
  email: openEmail,
  command: openCommand,
}

/** Types that are always there, each as one channel of the same name; `isRoutable` = an organization says what is told there. */
export const givenChannels = {
  in_app: inApp,
  desktop,
} as const satisfies Record<Exclude<ChannelType, EntryType>, { readonly isRoutable: boolean }>

/** Opens a channel as its entry says. @throws Problem `invalid_configuration`. */
export function openChannel<Type extends EntryType>(
  { type, spec }: { readonly type: Type; readonly spec: EntrySpecs[Type] },
  place: ChannelPlace,
): Channel {
  const open: Opener<Type> = openers[type]
  return open(spec, place)
}
