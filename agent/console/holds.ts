import type { HoldView } from '../../shared/contract/holds.ts'
import { holdState } from '../../shared/holds.ts'
import { changeHold, createHold, endHold, type HoldOutcome, restoreHold } from '../jobs/change-hold.ts'
import { databaseNow } from '../store/database-clock.ts'
import { type Hold, listHolds } from '../store/holds.ts'
import { requireBrandOf, requireOrganization } from './access.ts'
import type { ConsoleContext } from './context.ts'
import { procedures } from './procedures.ts'

async function requirePlace(
  context: ConsoleContext,
  { organizationId, brandId }: { readonly organizationId: string; readonly brandId: string | null },
): Promise<void> {
  if (brandId === null) await requireOrganization(context, organizationId)
  else await requireBrandOf(context, organizationId, brandId)
}

const list = procedures.holds.list.handler(async ({ context, input }) => {
  await requirePlace(context, input)
  const { database } = context.services
  const found = await listHolds(database, input)
  return { asOf: found[0]?.asOf ?? (await databaseNow(database)), holds: found.map(holdView) }
})

const create = procedures.holds.create.handler(async ({ context, input }) => {
  await requirePlace(context, input)
  const { startsAt, endsAt, ...about } = input
  const request = { ...about, startsAt: instantOf(startsAt), endsAt: instantOf(endsAt) }
  return answer(await createHold(context.services.database, context.identity, request))
})

const change = procedures.holds.change.handler(async ({ context, input }) => {
  await requireOrganization(context, input.organizationId)
  const { endsAt, ...place } = input
  const request = { ...place, endsAt: endsAt === undefined ? undefined : instantOf(endsAt) }
  return answer(await changeHold(context.services.database, context.identity, request))
})

const end = procedures.holds.end.handler(async ({ context, input }) => {
  await requireOrganization(context, input.organizationId)
  return answer(await endHold(context.services.database, context.identity, input))
})

const restore = procedures.holds.restore.handler(async ({ context, input }) => {
  await requireOrganization(context, input.organizationId)
  return answer(await restoreHold(context.services.database, context.identity, input))
})

export const holds = { list, create, change, end, restore }

function instantOf(text: string | null): Date | null {
  return text === null ? null : new Date(text)
}

function answer({ hold, changed, message }: HoldOutcome) {
  return { hold: holdView(hold), changed, message }
}

function holdView(stored: Hold): HoldView {
  const { organizationId: _own, brandId, brandName, asOf, ...hold } = stored
  const brand = brandId === null ? null : { id: brandId, name: brandName ?? 'Deleted brand' }
  return { ...hold, brand, state: holdState(stored, asOf) }
}
