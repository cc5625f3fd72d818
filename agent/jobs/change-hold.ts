/** What people do to holds. Every command is one transaction, with its entry in the record of actions. */
import type { JsonObject } from '../../shared/domain.ts'
import { formatInstant } from '../../shared/duration.ts'
import { Problem } from '../../shared/errors.ts'
import { type HoldScope, heldThing, holdState, longest, longestHoldReason } from '../../shared/holds.ts'
import { cleanLine } from '../../shared/notifications/clean-line.ts'
import type { ActionName } from '../../shared/operator-actions.ts'
import { requireSeen } from '../console/seen.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import { databaseNow } from '../store/database-clock.ts'
import {
  countOpenHolds,
  type Hold,
  hasJobToHold,
  insertHold,
  letClaimsEnd,
  listHoldsInForce,
  listHoldsNotOver,
  lockHold,
  lockNewHolds,
  updateHold,
} from '../store/holds.ts'
import { type Actor, insertOperatorAction } from '../store/operator-actions.ts'

export interface HoldRequest extends HoldScope {
  /** Null = now; a time that has come counts as now. */
  readonly startsAt: Date | null
  /** Null = until it is ended. */
  readonly endsAt: Date | null
  readonly reason: string
}

export interface HoldPlace {
  readonly organizationId: string
  readonly holdId: string
  /** `changedAt` of what the caller saw; absent = whatever is there. */
  readonly seenAt?: string | undefined
}

export interface HoldOutcome {
  readonly hold: Hold
  readonly changed: boolean
  /** A whole sentence for the person who asked. */
  readonly message: string
}

const mostOpen = 200
const mostYears = 5

/**
 * Nothing that it is about is started from its start on: when this resolves, no claim that has not seen it is under way. The same person's
 * same hold twice is one, so that whoever asks again because no answer came has not two to end. Brand and organization are checked by the
 * caller.
 * @throws Problem `invalid_input` for times and a reason that make no sense; `conflict` when there are too many.
 */
export async function createHold(database: DatabasePool, actor: Actor, request: HoldRequest): Promise<HoldOutcome> {
  const reason = reasonOf(request.reason)
  const { organizationId } = request
  const { hold, changed } = await database.transaction(async (transaction) => {
    const now = await databaseNow(transaction)
    const startsAt = request.startsAt !== null && request.startsAt > now ? request.startsAt : null
    checkTimes({ startsAt, endsAt: request.endsAt }, now)
    const wanted = { ...request, startsAt, reason, createdBy: actor.operator }
    await lockNewHolds(transaction, organizationId)
    const same = (await listHoldsNotOver(transaction, organizationId)).find((one) => isLike(one, wanted))
    if (same !== undefined) return { hold: same, changed: false }
    if ((await countOpenHolds(transaction, organizationId)) >= mostOpen) throw tooMany()
    const id = await insertHold(transaction, wanted)
    const made = await held(transaction, { organizationId, holdId: id })
    await record(transaction, actor, { action: 'hold.create', before: null, after: made })
    return { hold: made, changed: true }
  })
  await letClaimsEnd(database)
  const already = changed ? '' : 'This hold is there already. '
  return { hold, changed, message: `${already}${madeWords(hold)}${await misspeltNote(database, request)}` }
}

/** `startsAt` of what is wanted: null = now. Which of two transactions began first says nothing about which of them was here first. */
function isLike(hold: Hold, wanted: HoldRequest & { readonly createdBy: string }): boolean {
  const start = wanted.startsAt
  const hasBegun = hold.startsAt <= hold.asOf || hold.startsAt.getTime() === hold.createdAt.getTime()
  return (
    hold.createdBy === wanted.createdBy &&
    hold.brandId === wanted.brandId &&
    hold.jobType === wanted.jobType &&
    isSame(hold, wanted) &&
    (start === null ? hasBegun : hold.startsAt.getTime() === start.getTime())
  )
}

/** A type that no job has may be one that is to come, or a slip of the keyboard, which would hold nothing. */
async function misspeltNote(database: Database, scope: HoldScope): Promise<string> {
  if (scope.jobType === null || (await hasJobToHold(database, scope))) return ''
  return ` No job here has the type ${scope.jobType} now: see whether it is spelled right.`
}

/** Moves the end, or says another reason. @throws Problem `not_found`; `conflict` for what is over or not as it was seen; `invalid_input`. */
export async function changeHold(
  database: DatabasePool,
  actor: Actor,
  request: HoldPlace & { readonly endsAt?: Date | null | undefined; readonly reason?: string | undefined },
): Promise<HoldOutcome> {
  const outcome = await database.transaction(async (transaction) => {
    const before = await held(transaction, request)
    if (holdState(before, before.asOf) === 'over') throw over(before)
    const endsAt = request.endsAt === undefined ? before.endsAt : request.endsAt
    const reason = request.reason === undefined ? before.reason : reasonOf(request.reason)
    if (isSame(before, { endsAt, reason }))
      return { hold: before, changed: false, message: 'The hold is like this already.' }
    checkTimes({ startsAt: before.startsAt, endsAt }, before.asOf)
    return change(transaction, actor, { action: 'hold.set', before, after: { endsAt, reason, isEnded: false } })
  })
  await letClaimsEnd(database)
  return outcome
}

/** What it held may start at once. One that was planned does not begin. @throws Problem `not_found`; `conflict` when not as it was seen. */
export async function endHold(database: DatabasePool, actor: Actor, place: HoldPlace): Promise<HoldOutcome> {
  return database.transaction(async (transaction) => {
    const before = await held(transaction, place)
    if (holdState(before, before.asOf) === 'over')
      return { hold: before, changed: false, message: 'The hold is over already.' }
    return change(transaction, actor, { action: 'hold.end', before, after: { ...before, isEnded: true } })
  })
}

/** Undo of an end by hand: the same hold, as it was, for what is left of its time. @throws Problem as `changeHold`. */
export async function restoreHold(database: DatabasePool, actor: Actor, place: HoldPlace): Promise<HoldOutcome> {
  const outcome = await database.transaction(async (transaction) => {
    const before = await held(transaction, place)
    if (before.endedAt === null && holdState(before, before.asOf) !== 'over') {
      return { hold: before, changed: false, message: 'The hold has not been ended.' }
    }
    if (before.endsAt !== null && before.endsAt <= before.asOf) throw over(before)
    return change(transaction, actor, { action: 'hold.restore', before, after: { ...before, isEnded: false } })
  })
  await letClaimsEnd(database)
  return outcome
}

async function change(
  transaction: Database,
  actor: Actor,
  {
    action,
    before,
    after,
  }: {
    readonly action: ActionName
    readonly before: Hold
    readonly after: Pick<Hold, 'endsAt' | 'reason'> & { readonly isEnded: boolean }
  },
): Promise<HoldOutcome> {
  await updateHold(transaction, before.id, { ...after, changedBy: actor.operator })
  const hold = await held(transaction, { organizationId: before.organizationId, holdId: before.id })
  await record(transaction, actor, { action, before, after: hold })
  const message = after.isEnded ? await endedWords(transaction, hold) : madeWords(hold)
  return { hold, changed: true, message }
}

function isSame(hold: Hold, { endsAt, reason }: Pick<Hold, 'endsAt' | 'reason'>): boolean {
  return hold.reason === reason && hold.endsAt?.getTime() === endsAt?.getTime()
}

/** "Nothing starts for Acme until 2026-11-27 14:00 UTC." */
function madeWords(hold: Hold): string {
  const { brandName, jobType, startsAt, endsAt, asOf } = hold
  const from = startsAt > asOf ? `from ${formatInstant(startsAt)} ` : ''
  const until = endsAt === null ? 'until the hold is ended' : `until ${formatInstant(endsAt)}`
  return `Nothing starts for ${heldThing(brandName, jobType)} ${from}${until}. What runs goes on.`
}

/** One that was planned held nothing; and others may hold what it did. */
async function endedWords(transaction: Database, hold: Hold): Promise<string> {
  const ended = `The hold of ${heldThing(hold.brandName, hold.jobType)} is ended`
  if (hold.startsAt > hold.asOf) return `${ended} before it began.`
  const others = await listHoldsInForce(transaction, hold.organizationId)
  const wider = longest(others.filter((other) => covers(other, hold)))
  if (wider !== null) {
    const until = wider.endsAt === null ? 'until that is ended' : `until ${formatInstant(wider.endsAt)}`
    return `${ended}; the hold of ${heldThing(wider.brandName, wider.jobType)} goes on ${until}, and nothing of it starts before.`
  }
  const first = others.find((other) => overlaps(hold, other))
  const rest =
    first === undefined ? '' : `, apart from what the hold of ${heldThing(first.brandName, first.jobType)} is about`
  return `${ended}; what is due starts now${rest}.`
}

/** Whether a hold is about everything that another one is about. */
function covers(wide: HoldScope, narrow: HoldScope): boolean {
  const isWider = (one: string | null, other: string | null): boolean => one === null || one === other
  return isWider(wide.brandId, narrow.brandId) && isWider(wide.jobType, narrow.jobType)
}

/** Whether some job may be of both. */
function overlaps(one: HoldScope, other: HoldScope): boolean {
  const meet = (left: string | null, right: string | null): boolean => left === null || right === null || left === right
  return meet(one.brandId, other.brandId) && meet(one.jobType, other.jobType)
}

function reasonOf(text: string): string {
  const reason = cleanLine(text, longestHoldReason + 1)
  if (reason !== '' && reason.length <= longestHoldReason) return reason
  const message =
    reason === '' ? 'The hold has no reason.' : `The reason is longer than ${longestHoldReason} characters.`
  throw new Problem('invalid_input', message, {
    field: 'reason',
    value: reason.slice(0, 200),
    fix: 'Say in a few words why nothing may start: everybody who waits reads it.',
  })
}

/** `startsAt` null = now. */
function checkTimes(
  { startsAt, endsAt }: { readonly startsAt: Date | null; readonly endsAt: Date | null },
  now: Date,
): void {
  const farthest = new Date(now)
  farthest.setUTCFullYear(farthest.getUTCFullYear() + mostYears)
  const isTooFar = (at: Date | null): boolean => at !== null && at > farthest
  if (isTooFar(startsAt)) throw badTime('startsAt', startsAt, `is more than ${mostYears} years away`, now)
  if (endsAt === null) return
  if (isTooFar(endsAt)) throw badTime('endsAt', endsAt, `is more than ${mostYears} years away`, now)
  if (endsAt <= now) throw badTime('endsAt', endsAt, 'is over already', now)
  if (startsAt !== null && endsAt <= startsAt) throw badTime('endsAt', endsAt, 'is before the start of the hold', now)
}

function badTime(field: string, at: Date | null, what: string, now: Date): Problem {
  return new Problem('invalid_input', `${field} ${what}. The database's clock says ${now.toISOString()}.`, {
    field,
    value: at?.toISOString() ?? null,
    fix: `Give times within the next ${mostYears} years, the end after the start; without an end it holds until it is ended.`,
  })
}

function tooMany(): Problem {
  return new Problem('conflict', `The organization has ${mostOpen} holds that are not over; no more are kept.`, {
    field: 'organizationId',
    value: null,
    fix: 'End some, or hold all brands or all job types at once.',
  })
}

function over({ id, endedBy }: Hold): Problem {
  return new Problem('conflict', endedBy === null ? 'The hold is over.' : `The hold was ended by ${endedBy}.`, {
    field: 'holdId',
    value: id,
    fix: 'Make a new one.',
  })
}

/** The hold, kept from other changes until the end of the transaction. */
async function held(transaction: Database, { organizationId, holdId, seenAt }: HoldPlace): Promise<Hold> {
  const hold = await lockHold(transaction, holdId, organizationId)
  if (hold === null) {
    throw new Problem('not_found', `There is no hold ${holdId}.`, {
      field: 'holdId',
      value: holdId,
      fix: 'Look at the list of holds.',
    })
  }
  requireSeen('The hold', hold, seenAt)
  return hold
}

async function record(
  transaction: Database,
  actor: Actor,
  { action, before, after }: { readonly action: ActionName; readonly before: Hold | null; readonly after: Hold },
): Promise<void> {
  await insertOperatorAction(transaction, {
    actor,
    organizationId: after.organizationId,
    action,
    subjectType: 'hold',
    subjectId: after.id,
    before: before === null ? null : recorded(before),
    after: recorded(after),
  })
}

/** What people decide about it. */
function recorded({ brandId, jobType, startsAt, endsAt, reason, endedAt }: Hold): JsonObject {
  return {
    brandId,
    jobType,
    startsAt: startsAt.toISOString(),
    endsAt: endsAt?.toISOString() ?? null,
    reason,
    isEnded: endedAt !== null,
  }
}
