import { z } from 'zod'
import type { ReadinessVerdict } from '../../../shared/domain.ts'
import { formatAge } from '../../../shared/duration.ts'
import type { ConsoleServices } from '../../console/context.ts'
import { callerError } from '../../console/errors.ts'
import { makeCall } from '../../console/make-call.ts'
import type { BannerClaim, BannerRefusal } from './banner-address.ts'

/** What a banner says; all of it is text. */
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
  reasons: z.array(z.string()),
  items: z.array(z.object({ lastSuccessAt: z.date().nullable() })),
})

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
    const known = callerError(error)
    return unknown(known === null ? 'The agent could not answer; its log says why.' : known.message, true)
  }
}

function stateOf({ asOf, brandName, label, verdict, reasons, items }: z.infer<typeof readiness>): BannerState {
  const [reason] = reasons
  const oldest = items
    .flatMap(({ lastSuccessAt }) => (lastSuccessAt === null ? [] : [lastSuccessAt.getTime()]))
    .toSorted((one, other) => one - other)[0]
  const age = oldest === undefined ? '' : `, data of ${formatAge(new Date(oldest), asOf)}`
  const text = reason === undefined ? `${label} of ${brandName}${age}.` : `${brandName}: ${reason}`
  return { verdict, word: words[verdict], text: text.slice(0, longestReason), isLive: true }
}

function unknown(text: string, isLive: boolean): BannerState {
  return { verdict: 'unknown', word: 'Not known', text: text.slice(0, longestReason), isLive }
}
