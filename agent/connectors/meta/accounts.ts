import { z } from 'zod'
import type { GraphClient } from './graph-client.ts'

/** https://developers.facebook.com/docs/marketing-api/reference/ad-account/ */
const accountSchema = z.object({
  name: z.string().default(''),
  currency: z.string().regex(/^[A-Z]{3}$/),
  timezone_name: z.string(),
})

export interface AdAccount {
  readonly name: string
  /** ISO 4217. */
  readonly currency: string
  /** IANA name; days of insights are days of this zone. */
  readonly timeZone: string
}

/** `1001` and `act_1001` are the same account; edges want the longer form. */
export function accountPath(accountId: string): string {
  return `/act_${accountId.replace(/^act_/, '')}`
}

/** Digits, with or without `act_` before them. */
export const accountIdPattern = /^(?:act_)?\d{1,32}$/

/** @throws GraphFailure */
export async function fetchAccount(client: GraphClient, accountId: string): Promise<AdAccount> {
  const fields = 'name,currency,timezone_name'
  const account = await client.get(accountPath(accountId), { fields }, accountSchema)
  return { name: account.name, currency: account.currency, timeZone: account.timezone_name }
}
