import { readSurroundings } from '../freshness/surroundings.ts'
import { whyNotRunnable } from '../jobs/catalog/catalog.ts'
import { countActiveRuns } from '../store/agent-catalogs.ts'
import { databaseNow } from '../store/database-clock.ts'
import { readWorkforce } from './jobs-workforce.ts'
import { procedures } from './procedures.ts'

const get = procedures.catalog.get.handler(async ({ context: { services } }) => {
  const { catalog: known, agents, runnable } = await readWorkforce(services)
  const alive = agents.filter((agent) => agent.alive)
  return {
    jobTypes: [...known.jobTypes.values()].map(({ cadence, ...jobType }) => {
      const { key, label, description, parameters, steps, backfill, resume, owner, runbook } = jobType
      return {
        key,
        label,
        description,
        parameters,
        steps,
        cadence: cadence === null ? null : { cron: cadence.cron, timeZone: cadence.time_zone },
        backfill,
        resume,
        owner,
        runbook,
        agents: alive.filter(({ jobTypes }) => jobTypes.includes(key)).map(({ name }) => name),
        isRunnable: runnable.has(key),
        setUp: services.catalog.jobTypes.has(key) ? whyNotRunnable(services.catalog, key) : null,
      }
    }),
    datasets: [...known.datasets.values()].map(({ key, label, max_age_hours: maxAgeHours, due, owner, runbook }) => ({
      key,
      label,
      maxAgeHours,
      due,
      owner,
      runbook,
    })),
    pages: [...known.pages.values()].map(({ key, label, owner, runbook }) => ({ key, label, owner, runbook })),
    conflicts: [...known.conflicts],
  }
})

const agents = procedures.catalog.agents.handler(async ({ context: { services } }) => {
  const { database, catalog, settings } = services
  const [asOf, { agents: known }, active] = await Promise.all([
    databaseNow(database),
    readSurroundings(database, catalog, settings.leaseSeconds),
    countActiveRuns(database),
  ])
  return {
    asOf,
    agents: known.map((agent) => ({
      id: agent.id,
      name: agent.name,
      host: agent.host,
      programVersion: agent.programVersion,
      state: agent.state,
      alive: agent.alive,
      jobTypes: [...agent.jobTypes],
      concurrency: agent.concurrency,
      activeRuns: active.get(agent.id) ?? 0,
      startedAt: agent.startedAt,
      heartbeatAt: agent.heartbeatAt,
    })),
  }
})

export const catalog = { get, agents }
