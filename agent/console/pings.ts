import { randomBytes } from 'node:crypto'
import type { ActionName } from '../../shared/operator-actions.ts'
import { viewCheck } from '../../shared/pings/check.ts'
import { actOnCheck, changeCheck } from '../intake/pings/change-check.ts'
import { createCheck } from '../intake/pings/create-check.ts'
import { listBrands } from '../store/brands.ts'
import type { Database } from '../store/database.ts'
import { databaseNow } from '../store/database-clock.ts'
import { listDatasetPoliciesOfBrands } from '../store/dataset-policies.ts'
import { type Actor, insertOperatorAction } from '../store/operator-actions.ts'
import {
  getPingCheck,
  getPingCode,
  listPingChecks,
  lockPingCheck,
  renewPingCode,
  type StoredCheck,
} from '../store/ping-checks.ts'
import { getPingKey, setPingKey } from '../store/ping-keys.ts'
import { listPingRuns } from '../store/ping-runs.ts'
import { notFound, requireBrand, requireBrandOf, requireOrganization, requireOwned } from './access.ts'
import type { ConsoleContext } from './context.ts'
import { named } from './field-names.ts'
import { procedures } from './procedures.ts'
import { requireSeen } from './seen.ts'

const list = procedures.pings.list.handler(async ({ context, input }) => {
  const { organizationId, brandId } = input
  await requireOrganization(context, organizationId)
  if (brandId !== null) await requireBrandOf(context, organizationId, brandId)
  const { database } = context.services
  const [asOf, checks, brands] = await Promise.all([
    databaseNow(database),
    listPingChecks(database, { organizationId, brandId }),
    listBrands(database, organizationId),
  ])
  const policies = await listDatasetPoliciesOfBrands(database, [...new Set(checks.map((check) => check.brandId))])
  const facts = {
    asOf,
    names: new Map(brands.map(({ id, name }) => [id, name])),
    hours: new Map(policies.map((policy) => [`${policy.brandId} ${policy.datasetKey}`, policy.maxAgeHours])),
    slugs: Map.groupBy(checks, slugOf),
  }
  return { asOf, checks: checks.map((check) => viewOf(check, facts)) }
})

function slugOf({ brandId, slug }: StoredCheck): string {
  return `${brandId} ${slug}`
}

interface ListFacts {
  readonly asOf: Date
  readonly names: ReadonlyMap<string, string>
  /** By brand and dataset. */
  readonly hours: ReadonlyMap<string, number | null>
  readonly slugs: ReadonlyMap<string, readonly StoredCheck[]>
}

function viewOf(check: StoredCheck, { asOf, names, hours, slugs }: ListFacts) {
  const { id, brandId, name, slug, datasetKey, schedule, graceSeconds, resumesByHand, openRuns } = check
  const maximum = hours.get(`${brandId} ${datasetKey}`) ?? null
  return {
    id,
    brand: { id: brandId, name: names.get(brandId) ?? '' },
    name,
    slug,
    dataset: datasetKey,
    schedule,
    graceSeconds,
    resumesByHand,
    ...viewCheck(check, check, asOf),
    lastPingAt: check.lastPingAt,
    startedAt: openRuns[0]?.startedAt ?? null,
    runsUnderWay: openRuns.length,
    lastDurationMs: check.lastDurationMs,
    pings: check.pings,
    maxAge: { hours: maximum, isOwn: maximum === null || maximum === check.policyHours },
    isAmbiguous: (slugs.get(slugOf(check))?.length ?? 0) > 1,
    changedAt: check.changedAt,
    changedBy: check.changedBy,
  }
}

const save = procedures.pings.save.handler(async ({ context, input }) => {
  const { organizationId, checkId, brandId, seenAt, dataset: datasetKey, ...others } = input
  await requireOrganization(context, organizationId)
  const brand = await requireBrandOf(context, organizationId, brandId)
  const { services, identity } = context
  const settings = { ...others, datasetKey }
  const work = services.database.transaction(async (transaction) => {
    const now = await databaseNow(transaction)
    if (checkId === null) {
      return { id: await createCheck(transaction, identity, { brand, settings, now }), changed: true }
    }
    const check = await held(transaction, checkId)
    if (check.brandId !== brand.id || check.removedAt !== null) throw missing(checkId)
    requireSeen(`The check "${check.name}"`, check, seenAt)
    return { id: checkId, changed: await changeCheck(transaction, identity, { check, settings, now }) }
  })
  return named(work)
})

const act = procedures.pings.act.handler(async ({ context, input: { checkId, action } }) => {
  await requireCheck(context, checkId)
  const { services, identity } = context
  return services.database.transaction(async (transaction) => {
    const check = await held(transaction, checkId)
    const now = await databaseNow(transaction)
    return { changed: await actOnCheck(transaction, identity, { check, action, now }) }
  })
})

const address = procedures.pings.address.handler(async ({ context, input: { checkId } }) => {
  const check = await requireCheck(context, checkId)
  const { database } = context.services
  const [code, key] = await Promise.all([getPingCode(database, checkId), getPingKey(database, check.brandId)])
  if (code === null) throw missing(checkId)
  return { path: `/ping/${code}`, slugPath: key === null ? null : `/ping/${key.key}/${check.slug}` }
})

const renewAddress = procedures.pings.renewAddress.handler(async ({ context, input: { checkId } }) => {
  const { organizationId } = await requireCheck(context, checkId)
  const { services, identity } = context
  await services.database.transaction(async (transaction) => {
    await renewPingCode(transaction, checkId, identity.operator)
    await note(transaction, identity, { organizationId, action: 'ping.renew_address', subjectId: checkId })
  })
  return { changed: true as const }
})

/** 128 random bits in 22 letters, as Healthchecks' keys are; none of them is taken for a uuid. */
const keyBytes = 16

const renewKey = procedures.pings.renewKey.handler(async ({ context, input: { brandId } }) => {
  const brand = await requireBrand(context, brandId)
  const { services, identity } = context
  const { organizationId } = brand
  const key = randomBytes(keyBytes).toString('base64url')
  await services.database.transaction(async (transaction) => {
    await setPingKey(transaction, { brandId: brand.id, organizationId, key }, identity.operator)
    await note(transaction, identity, { organizationId, action: 'ping.renew_key', subjectId: brand.id })
  })
  return { changed: true as const }
})

const mostRuns = 20

const runs = procedures.pings.runs.handler(async ({ context, input: { checkId } }) => {
  const { organizationId, brandId, datasetKey } = await requireCheck(context, checkId)
  const { database } = context.services
  const [asOf, found] = await Promise.all([
    databaseNow(database),
    listPingRuns(database, { organizationId, brandId, datasetKey, limit: mostRuns }),
  ])
  return { asOf, runs: found }
})

/** The check, also a removed one, when its organization is the caller's and has the section. */
async function requireCheck(context: ConsoleContext, checkId: string): Promise<StoredCheck> {
  const check = await getPingCheck(context.services.database, checkId)
  if (check === null) throw missing(checkId)
  await requireOwned(context, check.organizationId, `There is no check ${checkId}.`, {
    field: 'checkId',
    value: checkId,
  })
  return check
}

async function held(transaction: Database, checkId: string): Promise<StoredCheck> {
  const check = await lockPingCheck(transaction, checkId)
  if (check === null) throw missing(checkId)
  return check
}

function missing(checkId: string) {
  return notFound(`There is no check ${checkId}.`, { field: 'checkId', value: checkId })
}

/** That it was done; the secret itself is in no record. */
async function note(
  transaction: Database,
  actor: Actor,
  { organizationId, action, subjectId }: { organizationId: string; action: ActionName; subjectId: string },
): Promise<void> {
  const subjectType = action === 'ping.renew_key' ? 'brand' : 'ping'
  await insertOperatorAction(transaction, {
    actor,
    organizationId,
    action,
    subjectType,
    subjectId,
    before: null,
    after: {},
  })
}

export const pings = { list, save, act, address, renewAddress, renewKey, runs }
