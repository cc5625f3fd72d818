import { Problem } from '../../shared/errors.ts'
import type { OutsideBringer } from '../../shared/outlook.ts'
import { dueAfter, type PingSchedule } from '../../shared/pings/plan.ts'
import type { Database } from '../store/database.ts'
import { listOutsideRefreshers } from '../store/outside-refreshers.ts'
import { listPingChecks, type StoredCheck } from '../store/ping-checks.ts'
import { type ArchivedJob, listArchivedJobs } from '../store/refreshing-jobs.ts'

/** What may bring a dataset where no job does by itself. */
export interface OtherBringers {
  /** Schedules that somebody put away, the latest first. */
  readonly archivedOf: (brandId: string) => readonly ArchivedJob[]
  readonly outsideOf: (brandId: string, dataset: string) => OutsideBringer | null
}

export const noOthers: OtherBringers = { archivedOf: () => [], outsideOf: () => null }

/** Of these brands of an organization. */
export async function readOtherBringers(
  database: Database,
  organizationId: string,
  brandIds: readonly string[],
): Promise<OtherBringers> {
  const [only, ...more] = brandIds
  const [archived, outside, checks] = await Promise.all([
    listArchivedJobs(database, brandIds),
    listOutsideRefreshers(database, brandIds),
    listPingChecks(database, { organizationId, brandId: more.length > 0 ? null : (only ?? null) }),
  ])
  const archivedByBrand = Map.groupBy(archived, ({ brandId }) => brandId)
  const checkOf = new Map(checks.map((check) => [`${check.brandId} ${check.datasetKey}`, check]))
  const names = new Map(outside.map(({ brandId, datasetKey, name }) => [`${brandId} ${datasetKey}`, name]))
  return {
    archivedOf: (brandId) => archivedByBrand.get(brandId) ?? [],
    outsideOf(brandId, dataset) {
      const check = checkOf.get(`${brandId} ${dataset}`)
      if (check !== undefined) return ofCheck(check)
      const name = names.get(`${brandId} ${dataset}`)
      return name === undefined ? null : { name, dueAt: null, isPaused: false }
    },
  }
}

/** Nothing is expected of a check before its first ping. */
function ofCheck({ name, schedule, status, lastPingAt }: StoredCheck): OutsideBringer {
  const dueAt = lastPingAt === null ? null : dueOrNull(schedule, lastPingAt)
  return { name: name.slice(0, 200), dueAt, isPaused: status === 'paused' }
}

/** A stored zone that this machine does not have must not keep anybody from asking. */
function dueOrNull(schedule: PingSchedule, lastPingAt: Date): Date | null {
  try {
    return dueAfter(schedule, lastPingAt)
  } catch (error) {
    if (error instanceof Problem) return null
    throw error
  }
}
