import { z } from 'zod'
import type { ErrorCode } from '../../../shared/contract/base.ts'
import { due } from '../../../shared/contract/words.ts'
import { attemptStatuses, freshnessStates, type ReadinessVerdict } from '../../../shared/domain.ts'
import { formatAge } from '../../../shared/duration.ts'
import { freshnessState } from '../../../shared/freshness.ts'
import type { ConsoleServices } from '../../console/context.ts'
import { callerError } from '../../console/errors.ts'
import { makeCall } from '../../console/make-call.ts'
import type { BannerClaim, BannerRefusal } from './banner-address.ts'

/**
 * What a banner says; all of it is text. Everybody may read it, so it is made of names, ages and outcomes alone: no text of an error, no
 * parameters, nothing of where the database is.
 */
export interface BannerState {
  readonly verdict: ReadinessVerdict | 'unknown'
  readonly word: string
  readonly text: string
  /** False when asking again is for nothing. */
  readonly isLive: boolean
}

const words: Readonly<Record<ReadinessVerdict, string>> = {
  ready: 'Ready',
  degraded: 'Degraded',
  not_ready: 'Not ready',
}

const longestReason = 300

const readiness = z.object({
  asOf: z.date(),
  brandName: z.string(),
  label: z.string(),
  verdict: z.enum(['ready', 'degraded', 'not_ready']),
  items: z.array(
    z.object({
      label: z.string(),
      maxAgeHours: z.number(),
      due: due.nullable(),
      state: z.enum(freshnessStates),
      lastStatus: z.enum(attemptStatuses),
      suspicious: z.boolean(),
      lastSuccessAt: z.date().nullable(),
      lastAttemptAt: z.date().nullable(),
    }),
  ),
})
type Item = z.infer<typeof readiness>['items'][number]

/** As the call `readiness.page` answers it to a program that may read; whatever goes wrong is said, never thrown. */
export async function bannerState(
  services: ConsoleServices | null,
  claim: BannerClaim | BannerRefusal,
): Promise<BannerState> {
  if (claim === 'expired') return unknown('The link of this banner has ended. Load the page again.', false)
  if (claim === 'not_ours') return unknown('The link of this banner is not valid. Make a new one: pm embed', false)
  if (services === null) return unknown('The agent is starting.', true)
  try {
    const answer = await makeCall(services, {
      name: 'readiness.page',
      input: { brandId: claim.brandId, page: claim.page },
      identity: { operator: 'embedded banner', door: 'api', scope: 'read', organizationId: null },
    })
    return stateOf(readiness.parse(answer))
  } catch (error) {
    return unknown(refusalOf(error), true)
  }
}

/** These say nothing but what the address and the section are. */
const plainCodes: ReadonlySet<string> = new Set<ErrorCode>(['NOT_FOUND', 'NOT_ALLOWED', 'UNAVAILABLE'])

function refusalOf(error: unknown): string {
  const known = callerError(error)
  if (known !== null && plainCodes.has(known.code)) return known.message
  if (known?.status === 503) return 'The agent cannot use its database at the moment.'
  return 'The agent could not answer; its log says why.'
}

function stateOf({ asOf, brandName, label, verdict, items }: z.infer<typeof readiness>): BannerState {
  const reason = worstOf(items, asOf)
  const oldest = items
    .flatMap(({ lastSuccessAt }) => (lastSuccessAt === null ? [] : [lastSuccessAt.getTime()]))
    .toSorted((one, other) => one - other)[0]
  const age = oldest === undefined ? '' : `, data of ${formatAge(new Date(oldest), asOf)}`
  const text = reason === null ? `${label} of ${brandName}${age}.` : `${brandName}: ${reason}`
  return { verdict, word: words[verdict], text: text.slice(0, longestReason), isLive: true }
}

/** In the order of the call's own reasons: what is not fresh, then what is doubtful. Null: nothing is to be said. */
function worstOf(items: readonly Item[], asOf: Date): string | null {
  const against = [
    ...items.filter(({ state }) => state !== 'fresh').map((item) => notFresh(item, asOf)),
    ...items.filter(({ state }) => state === 'fresh').map((item) => doubt(item, asOf)),
  ]
  return against.find((reason) => reason !== null) ?? null
}

function notFresh({ label, maxAgeHours, due, lastSuccessAt, lastStatus, lastAttemptAt }: Item, now: Date): string {
  const { reason } = freshnessState({ lastSuccessAt, maxAgeHours, due, now, nextRunAt: now, graceMinutes: 0 })
  const why = reason ?? 'It is not fresh.'
  const attempts: Partial<Record<Item['lastStatus'], string>> = {
    running: ' A run is in progress.',
    failed: ` The last attempt failed ${formatAge(lastAttemptAt, now)}.`,
  }
  return `${label}: ${why.charAt(0).toLowerCase()}${why.slice(1)}${attempts[lastStatus] ?? ''}`
}

function doubt({ label, suspicious, lastStatus, lastAttemptAt }: Item, now: Date): string | null {
  if (lastStatus === 'failed') return `${label}: fresh, but the last attempt failed ${formatAge(lastAttemptAt, now)}.`
  return suspicious ? `${label}: fresh, but the last success looks suspicious.` : null
}

function unknown(text: string, isLive: boolean): BannerState {
  return { verdict: 'unknown', word: 'Not known', text: text.slice(0, longestReason), isLive }
}
