import { freshnessBand } from '../freshness/band.ts'
import { fixOf } from '../freshness/fix.ts'
import type { KnownCatalog } from '../freshness/known-catalog.ts'
import { readNextRefreshes } from '../freshness/next-refreshes.ts'
import { whyChain } from '../freshness/why-chain.ts'
import { listDatasetAttempts, listDatasetSuccesses, type PastSuccess } from '../store/dataset-history.ts'
import { findDatasetProbe } from '../store/dataset-probes.ts'
import { factsOf, readBrandState, refresherOf, situationOf } from './freshness-facts.ts'
import { procedures } from './procedures.ts'

const hourMs = 3_600_000
const bandHours = 30 * 24
const shownAttempts = 10

export const dataset = procedures.freshness.dataset.handler(async ({ context, input }) => {
  const state = await readBrandState(context, input.brandId.toLowerCase())
  const situation = situationOf(state, input.dataset)
  const { database } = context.services
  const { id, name, organizationId } = state.brand
  const { asOf, facts, surroundings } = state
  // Whole hours, the last of which is the one we are in.
  const from = new Date((Math.floor(asOf.getTime() / hourMs) + 1 - bandHours) * hourMs)
  const jobs = facts.jobs.get(id) ?? []
  const [attempts, successes, probe, refreshOf] = await Promise.all([
    listDatasetAttempts(database, id, input.dataset, shownAttempts),
    listDatasetSuccesses(database, id, input.dataset, from),
    findDatasetProbe(database, id, input.dataset),
    readNextRefreshes(database, {
      brand: state.brand,
      asOf,
      catalog: facts.catalog,
      jobs,
      runnable: facts.runnable,
      statuses: new Map([[input.dataset, { lastStatus: situation.view.lastAttempt, lastRunId: situation.lastRunId }]]),
      wanted: [{ dataset: input.dataset, fixType: null }],
    }),
  ])
  const { maxAgeHours, due, lastSuccessAt } = situation.view
  const all = withLast(successes, lastSuccessAt)
  const { uptime, ...band } = freshnessBand(all, { from, now: asOf, maxAgeHours, due })
  const policy = facts.policies.get(`${id} ${input.dataset}`)
  const agentNames = (jobType: string): string[] =>
    surroundings.agents.filter(({ alive, jobTypes }) => alive && jobTypes.includes(jobType)).map((agent) => agent.name)
  return {
    asOf,
    brand: { id, name, organizationId },
    facts: factsOf(situation),
    refreshers: situation.jobs.map((job) => refresherOf(job, facts)),
    fix: fixOf(input.dataset, facts.catalog, jobs, facts.runnable),
    refresh: refreshOf(input.dataset, null),
    consumers: consumersOf(input.dataset, facts.catalog),
    probe,
    policy: policy ?? null,
    chain: whyChain(situation, facts, agentNames),
    band,
    uptime,
    attempts,
  }
})

function consumersOf(dataset: string, { pages }: KnownCatalog) {
  return [...pages.values()].flatMap(({ key, label, requires }) =>
    requires
      .filter((requirement) => requirement.dataset === dataset)
      .map(({ max_age_hours: maxAgeHours }) => ({ page: key, label, maxAgeHours })),
  )
}

/** A program that writes the status only has no history; what a run brought for old days has one. */
function withLast(successes: readonly PastSuccess[], last: Date | null): PastSuccess[] {
  if (last === null || successes.some(({ asOf }) => Math.abs(asOf.getTime() - last.getTime()) <= 1_000))
    return [...successes]
  return [...successes, { at: last, asOf: last }].toSorted((left, right) => left.at.getTime() - right.at.getTime())
}
