import { z } from 'zod'
import { describeError, Problem } from '../../shared/errors.ts'
import { checkTimeZone } from '../../shared/time-zone.ts'
import { databaseUrlFault } from './database-url.ts'

/** Ten years at most: an age beyond that is a slip. */
export function days(minimum: number): z.ZodType<number> {
  return z.int().min(minimum).max(3_650)
}

/** Whole ones, both bounds included. */
export function seconds(minimum: number, maximum: number): z.ZodType<number> {
  return z.int().min(minimum).max(maximum)
}

/** Of one line. */
export const plainText = z
  .string()
  .trim()
  .min(1)
  .refine((text) => !/\p{Cc}/u.test(text), { error: 'contains a control character', params: { fix: 'Remove it.' } })

/** Of Postgres. */
export const databaseUrl = z.string().superRefine((url, context) => {
  const fault = databaseUrlFault(url)
  if (fault !== null) context.addIssue({ code: 'custom', message: fault.message, params: { fix: fault.fix } })
})

/** A place, as IANA names it. */
export const timeZone = z.string().transform((name, context) => {
  try {
    return checkTimeZone(name)
  } catch (error) {
    const fix = error instanceof Problem ? error.fix : undefined
    context.addIssue({
      code: 'custom',
      message: `is not a time zone: ${describeError(error).replace(/\.$/, '')}`,
      params: { fix },
    })
    return z.NEVER
  }
})

/** Its path is the secret. A login in it would not be sent. */
export const heartbeatUrl = z.string().superRefine((text, context) => {
  const url = URL.parse(text)
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return
  const message = 'must be an http or https address without a login'
  context.addIssue({ code: 'custom', message, params: { fix: 'Write it like https://hc-ping.com/….' } })
})

/** A token goes there, so the way has to be encrypted, or not leave this machine. */
export const graphUrl = z.string().superRefine((text, context) => {
  const url = URL.parse(text)
  const isLocal = url !== null && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === ''
  if (
    isPlain &&
    /\/v\d+\.\d+$/.test(url.pathname) &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && isLocal))
  )
    return
  const message = 'must be an https address that ends with a version (http only on this machine)'
  context.addIssue({ code: 'custom', message, params: { fix: 'Write it like https://graph.facebook.com/v26.0.' } })
})
