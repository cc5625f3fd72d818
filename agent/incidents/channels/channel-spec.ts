import type { z } from 'zod'
import { oneOf } from '../../jobs/catalog/one-of.ts'
import { commandChannelSpec } from './command.ts'
import { emailSpec } from './email.ts'
import type { EntryType } from './index.ts'
import { slackSpec } from './slack.ts'
import { webhookSpec } from './webhook.ts'

/** Type of channel → what its entry in the file may say. The type is also the key that chooses it. */
const variants = {
  webhook: webhookSpec.transform((spec) => ({ type: 'webhook' as const, spec })),
  slack: slackSpec.transform((spec) => ({ type: 'slack' as const, spec })),
  email: emailSpec.transform((spec) => ({ type: 'email' as const, spec })),
  command: commandChannelSpec.transform((spec) => ({ type: 'command' as const, spec })),
} satisfies Record<EntryType, z.ZodType>

export type ChannelSpec = z.output<(typeof variants)[EntryType]>

/** One channel of `notifications.channels`: a mapping with exactly one type as a key, and that type's own fields. */
export const channelSpec = oneOf<EntryType, ChannelSpec>(variants, 'a channel')
