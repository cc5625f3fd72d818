import { Buffer } from 'node:buffer'
import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { environmentName } from '../../jobs/catalog/environment-name.ts'
import type { Channel, ChannelPlace, Delivery } from './channel.ts'
import { requiredSecret, unusable } from './channel-secrets.ts'
import { httpTarget, httpTimeoutMs, post } from './http-post.ts'
import { payloadOf } from './payload.ts'

/** `{ webhook: { url_env, secret_env } }`. */
export const webhookSpec = z.strictObject({
  webhook: z.strictObject({ url_env: environmentName, secret_env: environmentName }),
})
export type WebhookSpec = z.infer<typeof webhookSpec>

const shortestKey = 16

/** Posts JSON, signed as the Standard Webhooks specification has it: https://www.standardwebhooks.com */
export function openWebhook({ webhook }: WebhookSpec, place: ChannelPlace): Channel {
  const url = httpTarget(place, 'webhook.url_env', webhook.url_env)
  const key = keyOf(webhook.secret_env, requiredSecret(place, 'webhook.secret_env', webhook.secret_env))
  return {
    type: 'webhook',
    timeoutMs: httpTimeoutMs,
    deliver: (delivery, signal) => {
      const body = payloadOf(delivery)
      return post({ url, headers: signedHeaders(key, delivery, body), body }, place, signal)
    },
  }
}

/** A secret that begins with `whsec_` is base64, any other is taken as it is. */
function keyOf(name: string, secret: string): Buffer {
  const encoded = /^whsec_(.+)$/.exec(secret)?.[1]
  const key = encoded === undefined ? Buffer.from(secret, 'utf8') : Buffer.from(encoded, 'base64')
  if (key.length >= shortestKey) return key
  const what = `the secret in ${name} is shorter than ${shortestKey} bytes`
  throw unusable('webhook.secret_env', name, what, 'Make one: openssl rand -base64 32')
}

/** The id is the same for every try; the time is new, so that an old request cannot be played back. */
function signedHeaders(key: Buffer, { id, sentAt }: Delivery, body: string): Record<string, string> {
  const timestamp = String(Math.floor(sentAt.getTime() / 1_000))
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
}
