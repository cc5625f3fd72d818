import type { JsonObject } from '../../../shared/domain.ts'
import type { Ownership } from '../../../shared/ownership.ts'
import type { Catalog, Dataset, JobType, Page, Step } from './catalog.ts'

/**
 * The declarative part of a catalog, which agents publish to Postgres so that every console shows the same names.
 * It is built field by field: commands, addresses, SQL and names of environment variables cannot slip in.
 */
export function publicCatalog(catalog: Catalog): JsonObject {
  return {
    datasets: Object.fromEntries([...catalog.datasets].map(([key, dataset]) => [key, publicDataset(dataset)])),
    job_types: Object.fromEntries([...catalog.jobTypes].map(([key, jobType]) => [key, publicJobType(jobType)])),
    pages: Object.fromEntries([...catalog.pages].map(([key, page]) => [key, publicPage(page)])),
  }
}

function publicDataset({ label, description, maxAgeHours, due, neverZero, ...ownership }: Dataset): JsonObject {
  return {
    label,
    description,
    max_age_hours: maxAgeHours,
    never_zero: neverZero,
    ...(due === null ? {} : { due: { days: [...due.days], at: due.at, zone: due.zone } }),
    ...publicOwnership(ownership),
  }
}

function publicJobType(jobType: JobType): JsonObject {
  const { label, description, timeoutMinutes, parameters, cadence, backfill, resume } = jobType
  return {
    label,
    description,
    timeout_minutes: timeoutMinutes,
    parameters,
    steps: jobType.steps.map(publicStep),
    cadence: cadence === null ? null : { cron: cadence.cron, time_zone: cadence.timeZone },
    ...(backfill === null ? {} : { backfill: { from: backfill.from, to: backfill.to, most_days: backfill.mostDays } }),
    resume,
    ...(jobType.expectedMinutes === null ? {} : { expected_minutes: jobType.expectedMinutes }),
    ...publicOwnership(jobType),
  }
}

function publicStep({ key, label, dataset, fatal, retry, when }: Step): JsonObject {
  return { key, label, dataset, fatal, retry, when }
}

function publicPage({ label, requires, ...ownership }: Page): JsonObject {
  return {
    label,
    ...publicOwnership(ownership),
    requires: requires.map(({ dataset, maxAgeHours, fix }) => ({
      dataset,
      max_age_hours: maxAgeHours,
      fix: { job_type: fix.jobType, parameters: fix.parameters },
    })),
  }
}

/** What names neither is published as before. */
function publicOwnership({ owner, runbook }: Ownership): JsonObject {
  return { ...(owner === null ? {} : { owner }), ...(runbook === null ? {} : { runbook }) }
}
