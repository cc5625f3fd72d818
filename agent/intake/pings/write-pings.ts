import { Problem } from '../../../shared/errors.ts'
import { usualPlan } from '../../../shared/pings/plan.ts'
import type { Database, DatabasePool } from '../../store/database.ts'
import { recordExternalRuns } from '../../store/external-runs.ts'
import { pipelineManagerFeature } from '../../store/organization-features.ts'
import { recordOutsideEvents } from '../../store/outside-events.ts'
import { isDatasetOfOthers } from '../../store/ping-checks.ts'
import { holdPingKeys, type PingKey } from '../../store/ping-keys.ts'
import { lockPingedChecks, type PingedCheck, savePingedChecks } from '../../store/pinged-checks.ts'
import { createCheck } from './create-check.ts'
import { type Folded, foldPings } from './fold-pings.ts'
import { hoursOf, keepPolicy } from './keep-policy.ts'
import { type PingAnswer, pingTargetName, type ReceivedPing } from './received-ping.ts'

/** Who makes checks that a ping asks for. */
const provisioner = { operator: 'ping', door: 'api' } as const

export interface PingSurroundings {
  /** The monotonic clock, ms. */
  readonly now: () => number
  /** Whether our own jobs may refresh a dataset of this name. */
  readonly isInCatalog: (datasetKey: string) => boolean
}

/**
 * Writes pings in one transaction, and answers each in its place: a fixed number of statements, whatever their number and whether anybody
 * knows what they name.
 */
export async function writePings(
  database: DatabasePool,
  pings: readonly ReceivedPing[],
  { now, isInCatalog }: PingSurroundings,
): Promise<(PingAnswer | Error)[]> {
  const targets = targetsOf(pings)
  return database.transaction(async (transaction) => {
    // Keys before checks, whoever writes: nobody waits in a circle.
    const keys = await keysThatCreate(transaction, pings)
    const found = indexed(await lockPingedChecks(transaction, targets))
    const made = await createMissing(transaction, pings, { keys, found, isInCatalog })
    const checks = made.size === 0 ? found : indexed(await lockPingedChecks(transaction, targets))
    const resolved = resolveAll(pings, checks, made)
    await record(transaction, pings, resolved, now())
    return resolved.map((one) => ('check' in one ? one.answer : one.refusal))
  })
}

/** Checks by what addresses call them; several by one slug are ambiguous. */
type Checks = ReadonlyMap<string, readonly PingedCheck[]>

function indexed(checks: readonly PingedCheck[]): Checks {
  const names = checks.flatMap((check) => [
    [check.code, check] as const,
    ...(check.key === null ? [] : [[`${check.key}/${check.slug}`, check] as const]),
  ])
  return new Map([...Map.groupBy(names, ([name]) => name)].map(([name, all]) => [name, all.map(([, check]) => check)]))
}

function targetsOf(pings: readonly ReceivedPing[]) {
  const targets = [...new Map(pings.map(({ target }) => [pingTargetName(target), target])).values()]
  return {
    codes: targets.flatMap((target) => ('code' in target ? [target.code] : [])),
    slugs: targets.flatMap((target) => ('code' in target ? [] : [target])),
  }
}

/** What became of those that asked for a check that was not there, by name: null = it is there now. */
type Made = ReadonlyMap<string, Problem | null>

/** Held, so that what a key creates is created once. */
async function keysThatCreate(
  transaction: Database,
  pings: readonly ReceivedPing[],
): Promise<ReadonlyMap<string, PingKey>> {
  const names = new Set(pings.flatMap(({ target }) => ('create' in target && target.create ? [target.key] : [])))
  const keys = names.size === 0 ? [] : await holdPingKeys(transaction, [...names], pipelineManagerFeature)
  return new Map(keys.map((key) => [key.key, key]))
}

async function createMissing(
  transaction: Database,
  pings: readonly ReceivedPing[],
  {
    keys,
    found,
    isInCatalog,
  }: Pick<PingSurroundings, 'isInCatalog'> & {
    readonly keys: ReadonlyMap<string, PingKey>
    readonly found: Checks
  },
): Promise<Made> {
  const made = new Map<string, Problem | null>()
  for (const { target } of pings) {
    if ('code' in target || !target.create) continue
    const [name, key] = [pingTargetName(target), keys.get(target.key)]
    if (key === undefined || found.has(name) || made.has(name)) continue
    made.set(name, await provision(transaction, key, target.slug, isInCatalog))
  }
  return made
}

/**
 * A key makes checks of new datasets only: a ping brings no data, so what something else refreshes is not taken over by whoever has the
 * address. People may make such a check.
 */
async function provision(
  transaction: Database,
  key: PingKey,
  slug: string,
  isInCatalog: PingSurroundings['isInCatalog'],
): Promise<Problem | null> {
  const brand = { id: key.brandId, organizationId: key.organizationId }
  if (isInCatalog(slug) || (await isDatasetOfOthers(transaction, brand, slug))) return keptByOthers(slug)
  const settings = { name: slug, slug, datasetKey: slug, ...usualPlan, resumesByHand: false }
  try {
    // A usual plan has no cron, so it needs no clock.
    await createCheck(transaction, provisioner, { brand, settings, now: new Date(0) })
    return null
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown
    throw thrown
  }
}

function keptByOthers(datasetKey: string): Problem {
  return new Problem('conflict', `Something else refreshes the dataset "${datasetKey}" of this brand.`, {
    field: 'dataset',
    value: datasetKey,
    fix: 'Choose another slug, or make the check in Sources, Pings.',
  })
}

type Resolved =
  | { readonly check: PingedCheck; readonly answer: 'ok' | 'created' }
  | { readonly refusal: PingAnswer | Problem }

function resolveAll(pings: readonly ReceivedPing[], checks: Checks, made: Made): Resolved[] {
  const told = new Set<string>()
  return pings.map(({ target }) => {
    const name = pingTargetName(target)
    const [check, ...others] = checks.get(name) ?? []
    if (check === undefined) return { refusal: made.get(name) ?? 'unknown' }
    if (others.length > 0) return { refusal: 'ambiguous' }
    // Only the first of several that asked for it has made it.
    const isFirst = made.get(name) === null && !told.has(name)
    told.add(name)
    return { check, answer: isFirst ? 'created' : 'ok' }
  })
}

/** Everything in a fixed order: checks, runs, datasets. */
async function record(
  transaction: Database,
  pings: readonly ReceivedPing[],
  resolved: readonly Resolved[],
  now: number,
): Promise<void> {
  const ofCheck = new Map<PingedCheck, ReceivedPing[]>()
  for (const [index, ping] of pings.entries()) {
    const one = resolved[index]
    if (one === undefined || !('check' in one)) continue
    const known = ofCheck.get(one.check)
    if (known === undefined) ofCheck.set(one.check, [ping])
    else known.push(ping)
  }
  if (ofCheck.size === 0) return
  const folds = [...ofCheck].map(([check, own]) => ({ check, folded: foldOf(check, own, now) }))
  await Promise.all([
    savePingedChecks(
      transaction,
      folds.map(({ folded }) => folded.change),
    ),
    recordExternalRuns(
      transaction,
      folds.flatMap(({ folded }) => folded.runs),
    ),
    recordOutsideEvents(
      transaction,
      folds.flatMap(({ folded }) => folded.events),
    ),
  ])
  for (const { check, folded } of folds) {
    if (!folded.isWoken) continue
    await keepPolicy(transaction, { check, hours: hoursOf(check, true, check.now), changedBy: check.changedBy })
  }
}

/** A ping counts from when it came in, by the database's clock. */
function foldOf(check: PingedCheck, pings: readonly ReceivedPing[], now: number): Folded {
  const timed = pings.map((ping) => ({
    ...ping,
    at: new Date(check.now.getTime() - Math.max(0, now - ping.arrivedAt)),
  }))
  return foldPings(check, timed)
}
