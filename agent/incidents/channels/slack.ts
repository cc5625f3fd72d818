import { z } from 'zod'
import {
  type MessageTone,
  messageFacts,
  messageSentences,
  runbookOf,
  toneOf,
} from '../../../shared/notifications/message-words.ts'
import { environmentName } from '../../jobs/catalog/environment-name.ts'
import type { Channel, ChannelPlace, Delivery } from './channel.ts'
import { httpTarget, httpTimeoutMs, post } from './http-post.ts'
import { placeUrl } from './payload.ts'

/** `{ slack: { url_env } }`: the URL of an incoming webhook of Slack, or of what takes the same. */
export const slackSpec = z.strictObject({ slack: z.strictObject({ url_env: environmentName }) })
export type SlackSpec = z.infer<typeof slackSpec>

export function openSlack({ slack }: SlackSpec, place: ChannelPlace): Channel {
  const url = httpTarget(place, 'slack.url_env', slack.url_env)
  return {
    type: 'slack',
    timeoutMs: httpTimeoutMs,
    deliver: (delivery, signal) => post({ url, headers: {}, body: JSON.stringify(slackBody(delivery)) }, place, signal),
  }
}

/** Slack refuses longer ones: https://docs.slack.dev/reference/block-kit/blocks */
const limits = { header: 150, section: 3_000, fields: 10 }

type Block = Readonly<Record<string, unknown>>

/**
 * Blocks, and one line of text for toasts and for servers that know no blocks. What is not ours stands in plain-text objects, in which
 * nothing is markup: no mention, no link, no bold can be smuggled in.
 */
export function slackBody(delivery: Delivery): { readonly text: string; readonly blocks: readonly Block[] } {
  const { message } = delivery
  const title = `${signs[toneOf(message)]} ${message.title}`
  const sentences = messageSentences(message).join('\n')
  const fields = messageFacts(message)
    .slice(0, limits.fields / 2)
    .flatMap(([label, value]) => [{ type: 'mrkdwn', text: `*${label}*` }, plain(value, limits.header)])
  const url = placeUrl(delivery)
  const link = url === null ? 'Pipeline Manager' : `<${escaped(url)}|Open in Pipeline Manager>`
  const runbook = runbookOf(message)
  // A bar would end the address.
  const links = runbook === null ? link : `${link} · <${escaped(runbook).replaceAll('|', '%7C')}|Runbook>`
  const blocks: Block[] = [
    { type: 'header', text: plain(title, limits.header) },
    ...(sentences === '' ? [] : [{ type: 'section', text: plain(sentences, limits.section) }]),
    ...(fields.length === 0 ? [] : [{ type: 'section', fields }]),
    { type: 'context', elements: [{ type: 'mrkdwn', text: links }] },
  ]
  return { text: escaped(title), blocks }
}

function plain(text: string, limit: number): Block {
  const cut = text.length > limit ? `${text.slice(0, limit - 1).toWellFormed()}…` : text
  // Without `emoji: false`, `:fire:` in a name would be one.
  return { type: 'plain_text', text: cut, emoji: false }
}

/** A sign beside the words, never instead of them. */
const signs = { problem: '🔴', warning: '🟡', resolved: '✅', test: '🔔' } as const satisfies Record<
  MessageTone,
  string
>

/**
 * As Slack wants it: https://docs.slack.dev/messaging/formatting-message-text. Servers like Mattermost also read `@channel` in plain
 * text; an invisible word joiner keeps it from calling anybody.
 */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/@(?=\w)/g, '@\u2060')
}
