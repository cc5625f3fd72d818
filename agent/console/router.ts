import { admin } from './admin.ts'
import { ads } from './ads.ts'
import { backfills } from './backfills.ts'
import { catalog } from './catalog.ts'
import { connection } from './connection.ts'
import { embed } from './embed.ts'
import { externalRuns } from './external-runs.ts'
import { freshness } from './freshness.ts'
import { holds } from './holds.ts'
import { hooks } from './hooks.ts'
import { incidents } from './incidents.ts'
import { jobs } from './jobs.ts'
import { live } from './live.ts'
import { notifications } from './notifications.ts'
import { pings } from './pings.ts'
import { procedures } from './procedures.ts'
import { readiness } from './readiness.ts'
import { report } from './report.ts'
import { runs } from './runs.ts'
import { schedules } from './schedules.ts'
import { session } from './session.ts'
import { settings } from './settings.ts'
import { sources } from './sources.ts'
import { triggers } from './triggers.ts'

/** Everything the contract names, implemented; a call without an implementation does not compile. */
export const consoleRouter = procedures.router({
  session,
  connection,
  live,
  freshness,
  readiness,
  report,
  catalog,
  jobs,
  schedules,
  triggers,
  holds,
  backfills,
  runs,
  hooks,
  externalRuns,
  incidents,
  notifications,
  sources,
  ads,
  pings,
  embed,
  settings,
  admin,
})
export type ConsoleRouter = typeof consoleRouter
