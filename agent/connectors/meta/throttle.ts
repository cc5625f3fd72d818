import { z } from 'zod'

/*
 * What Meta says about its limits, in headers of answers. Times are minutes or seconds, depending on the header:
 * https://developers.facebook.com/docs/graph-api/overview/rate-limiting/#headers (x-business-use-case-usage,
 * x-app-usage, x-ad-account-usage), https://developers.facebook.com/docs/marketing-api/insights/best-practices/
 * (x-fb-ads-insights-throttle).
 */

const percent = z.number().catch(0)

const businessUse = z.record(
  z.string(),
  z.array(
    z.object({
      call_count: percent,
      total_cputime: percent,
      total_time: percent,
      /** Minutes. */
      estimated_time_to_regain_access: z.number().catch(0),
    }),
  ),
)
const insightsThrottle = z.object({ app_id_util_pct: percent, acc_id_util_pct: percent })
const accountUse = z.object({ acc_id_util_pct: percent, reset_time_duration: z.number().catch(0) })

/** A standard app is blocked for one minute, one in development for five; most answers do not say which it is. */
const usualWaitMs = 5 * 60_000
const longestWaitMs = 24 * 3_600_000

/** How long to wait after an error of throttling, ms. */
export function waitAskedFor(headers: Headers): number {
  const minutes = usesOf(headers).map((use) => use.estimated_time_to_regain_access)
  const seconds = read(headers, 'x-ad-account-usage', accountUse)?.reset_time_duration ?? 0
  const asked = Math.max(0, ...minutes) * 60_000 || seconds * 1_000
  return Math.min(asked > 0 ? asked : usualWaitMs, longestWaitMs)
}

/** The fullest of the quotas that an answer tells of, 0 to 1; 0 when it tells of none. */
export function quotaUsed(headers: Headers): number {
  const insights = read(headers, 'x-fb-ads-insights-throttle', insightsThrottle)
  const percents = [
    ...usesOf(headers).flatMap((use) => [use.call_count, use.total_cputime, use.total_time]),
    insights?.app_id_util_pct ?? 0,
    insights?.acc_id_util_pct ?? 0,
    read(headers, 'x-ad-account-usage', accountUse)?.acc_id_util_pct ?? 0,
  ]
  return Math.min(1, Math.max(0, ...percents) / 100)
}

function usesOf(headers: Headers): z.infer<typeof businessUse>[string] {
  return Object.values(read(headers, 'x-business-use-case-usage', businessUse) ?? {}).flat()
}

/** Null for a header that is not there, or that nobody can read: it is a hint. */
function read<Schema extends z.ZodType>(headers: Headers, name: string, schema: Schema): z.output<Schema> | null {
  try {
    return schema.safeParse(JSON.parse(headers.get(name) ?? 'null')).data ?? null
  } catch {
    return null
  }
}
