import { escapedHtml } from '../../../shared/html.ts'
import { cleanLine } from '../../../shared/notifications/clean-line.ts'
import type { NotificationMessage } from '../../../shared/notifications/message.ts'
import {
  type MessageTone,
  messageFacts,
  messageSentences,
  runbookOf,
  toneOf,
} from '../../../shared/notifications/message-words.ts'
import type { Delivery } from './channel.ts'
import { placeUrl } from './payload.ts'

/** A letter as the mailer takes it; addresses are those of the local file. */
export interface Letter {
  readonly from: { readonly name: string; readonly address: string }
  readonly to: string[]
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly date: Date
  readonly messageId: string
  readonly inReplyTo?: string
  readonly references?: string
  readonly headers: Record<string, string>
}

/**
 * Text and HTML of a message. Every try has the same Message-ID, so that a server drops the second; all letters of an incident refer to
 * the same one that was never sent (RFC 5322 §3.6.4), so that they are shown together.
 */
export function letterOf(delivery: Delivery, { from, to }: { from: string; to: readonly string[] }): Letter {
  const { message } = delivery
  const domain = from.slice(from.lastIndexOf('@') + 1)
  const [incident] = message.type === 'summary' ? [] : message.incidents
  const thread = incident === undefined ? null : `<incident-${incident.id}@${domain}>`
  return {
    from: { name: 'Pipeline Manager', address: from },
    to: [...to],
    subject: titleOf(message),
    text: textOf(delivery),
    html: htmlOf(delivery),
    date: delivery.sentAt,
    messageId: `<${delivery.id}@${domain}>`,
    ...(thread === null ? {} : { inReplyTo: thread, references: thread }),
    // RFC 3834: nobody's out-of-office note answers it.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
  }
}

/** Of a row, so it may be anything. */
function titleOf({ title }: NotificationMessage): string {
  return cleanLine(title, 200)
}

function textOf(delivery: Delivery): string {
  const { message } = delivery
  const facts = messageFacts(message).map(([label, value]) => `${label}: ${value}`)
  const url = placeUrl(delivery)
  const paragraphs = [titleOf(message), messageSentences(message).join('\n'), facts.join('\n'), url ?? '']
  return `${paragraphs.filter((paragraph) => paragraph !== '').join('\n\n')}\n`
}

const styles = {
  body: 'margin:0;padding:24px;background:#f6f7f9;color:#1c1f23;font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif',
  card: 'max-width:600px;margin:0 auto;padding:20px 24px;background:#ffffff;border:1px solid #d9dde3;border-top-width:4px',
  title: 'margin:0 0 12px;font-size:18px;line-height:1.35',
  sentence: 'margin:0 0 8px',
  label: 'padding:2px 16px 2px 0;color:#5b6470;text-align:left;font-weight:normal;vertical-align:top',
  link: 'color:#1a5fb4',
} as const

const colours = {
  problem: '#d6336c',
  warning: '#e0a100',
  resolved: '#2f9e44',
  test: '#1a5fb4',
} as const satisfies Record<MessageTone, string>

/** Inline styles, no images, nothing loaded from anywhere: mail programs show it as it is. */
function htmlOf(delivery: Delivery): string {
  const { message } = delivery
  const sentences = messageSentences(message).map(
    (sentence) => `<p style="${styles.sentence}">${escapedHtml(sentence)}</p>`,
  )
  const rows = messageFacts(message).map(
    ([label, value]) =>
      `<tr><th scope="row" style="${styles.label}">${escapedHtml(label)}</th><td>${escapedHtml(value)}</td></tr>`,
  )
  const url = placeUrl(delivery)
  const links = [link(url, 'Open in Pipeline Manager'), link(runbookOf(message), 'Runbook')]
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<title>${escapedHtml(titleOf(message))}</title></head><body style='${styles.body}'>`,
    `<div style="${styles.card};border-top-color:${colours[toneOf(message)]}">`,
    `<h1 style="${styles.title}">${escapedHtml(titleOf(message))}</h1>`,
    ...sentences,
    rows.length === 0
      ? ''
      : `<table role="presentation" style="margin-top:16px;border-collapse:collapse">${rows.join('')}</table>`,
    ...links,
    '</div></body></html>',
  ].join('\n')
}

function link(address: string | null, words: string): string {
  if (address === null) return ''
  return `<p style="margin:16px 0 0"><a style="${styles.link}" href="${escapedHtml(address)}">${words}</a></p>`
}
