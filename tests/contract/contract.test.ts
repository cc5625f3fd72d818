/** What holds for every call, whichever door it comes through. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Scope, scopes } from '../../shared/contract/base.ts'
import { containing, matching } from '../integration/cli/matchers.ts'
import { addOpenBrand } from '../support/console.ts'
import { addExternalRun } from '../support/external-rows.ts'
import { addHook } from '../support/hook-rows.ts'
import { addDelivery, addIncident } from '../support/incident-rows.ts'
import { addBrand, addJob, addRun } from '../support/job-rows.ts'
import { addCheck } from '../support/ping-rows.ts'
import { addBackfill, catalogWithDays } from './days.ts'
import { calls, type Door, doorNames, errorOf, type OpenDoors, openDoors } from './doors.ts'
import { inputFor, type Named, namesSomething } from './inputs.ts'

let open: OpenDoors
let mine: Named
let other: Named
let off: Named
beforeAll(async () => {
  open = await openDoors({ catalog: catalogWithDays() })
  const { sql } = open.server.console
  mine = await withWork(await addOpenBrand(sql, 'Mine'))
  other = await withWork(await addOpenBrand(sql, 'Other'))
  off = await withWork(await addBrand(sql, 'Off'))
})
afterAll(async () => {
  await open.stop()
})

async function withWork(brand: Pick<Named, 'organizationId' | 'brandId'>): Promise<Named> {
  const { sql } = open.server.console
  const jobId = await addJob(sql, { brand_id: brand.brandId, status: 'paused', next_run_at: null })
  const runId = await addRun(sql, jobId, {
    status: 'completed',
    started_at: new Date('2026-03-01T10:00:00Z'),
    completed_at: new Date('2026-03-01T10:01:00Z'),
  })
  await sql.query(`insert into run_artifacts values ($1, 'scorecard.json', 'application/json', '{}')`, [runId])
  const incidentId = await addIncident(sql, { organization_id: brand.organizationId, brand_id: brand.brandId })
  const deliveryId = await addDelivery(sql, brand.organizationId)
  const externalRunId = await addExternalRun(sql, brand)
  const checkId = await addCheck(sql, brand)
  const hookId = await addHook(sql, brand.brandId)
  const backfillId = await addBackfill(sql, brand)
  return { ...brand, jobId, runId, incidentId, deliveryId, externalRunId, checkId, hookId, backfillId }
}

function door(name: string): Door {
  const found = open.doors.find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`There is no door ${name}.`)
  return found
}

const commands = calls.filter(({ rules }) => rules.scope !== 'read')
const gated = calls.filter((call) => call.rules.gated && namesSomething(call))
const about = calls.filter(namesSomething)

test('every call says what it takes, and how it is called over REST', () => {
  expect(calls.length).toBeGreaterThan(40)
  for (const { name, rules, method, route } of calls) {
    expect([name, scopes.includes(rules.scope), method !== '', route.startsWith('/')]).toEqual([name, true, true, true])
  }
  expect(new Set(calls.map(({ method, route }) => `${method} ${route}`)).size).toBe(calls.length)
})

test('what is not gated is the frame and Admin, and nothing else', () => {
  const names = calls.filter(({ rules }) => !rules.gated).map(({ name }) => name)
  expect(names).toEqual([
    'session.get',
    'connection.get',
    'connection.retry',
    'connection.queue',
    'connection.dismiss',
    'settings.plan',
    'settings.apply',
    'admin.features',
    'admin.setFeature',
    'admin.createOrganization',
    'admin.brands',
    'admin.createBrand',
    'admin.renameBrand',
    'admin.archiveBrand',
    'admin.restoreBrand',
    'admin.changeGroups',
    'admin.renameGroup',
    'admin.linkAccount',
    'admin.unlinkAccount',
    'admin.addLibrarySearch',
    'admin.removeLibrarySearch',
    'admin.importBrands',
    'admin.actions',
    'admin.tokens',
    'admin.revokeToken',
    'admin.storage',
  ])
})

describe.each(doorNames)('through %s', (name) => {
  test.each(commands)('$name refuses a scope that is too small', async (call) => {
    const smaller = scopes[scopes.indexOf(call.rules.scope) - 1] as Scope
    const caller = await door(name).caller(smaller, null)
    expect(await errorOf(caller(call, inputFor(call, mine)))).toMatchObject({
      code: 'NOT_ALLOWED',
      status: 403,
      data: { field: 'scope', value: smaller, fix: containing(call.rules.scope) },
    })
  })

  test.each(gated)('$name is refused for an organization whose section is off', async (call) => {
    const caller = await door(name).caller('admin', null)
    expect(await errorOf(caller(call, inputFor(call, off)))).toMatchObject({
      code: 'NOT_ALLOWED',
      status: 403,
      message: 'Pipeline Manager is switched off for this organization.',
      data: { fix: matching(/./) },
    })
  })

  test.each(about)('$name does not show one organization to another', async (call) => {
    const caller = await door(name).caller('admin', mine.organizationId)
    const seen = await errorOf(caller(call, inputFor(call, other)))
    expect(seen).toMatchObject({ code: 'NOT_FOUND', status: 404 })
    expect(String(seen.message)).not.toContain('Other')
  })

  test.each(about)('$name answers for what does not exist as for what is somebody else’s', async (call) => {
    const missing = '00000000-0000-4000-8000-000000000000'
    const nowhere = {
      organizationId: missing,
      brandId: missing,
      jobId: missing,
      runId: missing,
      incidentId: missing,
      deliveryId: missing,
      hookId: missing,
      externalRunId: missing,
      checkId: missing,
      backfillId: missing,
    }
    const caller = await door(name).caller('admin', mine.organizationId)
    const [theirs, nobodys] = await Promise.all([
      errorOf(caller(call, inputFor(call, other))),
      errorOf(caller(call, inputFor(call, nowhere))),
    ])
    const told = ({ message }: { message: unknown }) => String(message).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<id>')
    expect([nobodys.code, nobodys.status, told(nobodys)]).toEqual([theirs.code, theirs.status, told(theirs)])
  })

  test.each(calls.filter(({ rules }) => rules.scope === 'read'))('$name answers a reader', async (call) => {
    const caller = await door(name).caller('read', mine.organizationId)
    const answer = await caller(call, inputFor(call, mine))
    expect(answer).not.toBeUndefined()
  })

  test('what everybody asked for is recorded under their name', async () => {
    const call = calls.find((candidate) => candidate.name === 'admin.setFeature')
    const { sql } = open.server.console
    const before = await sql.query('select from operator_actions where operator = $1', ['admin token'])
    const caller = await door(name).caller('admin', null)
    const change = (enabled: boolean) =>
      call && caller(call, { organizationId: mine.organizationId, feature: 'PIPELINE_MANAGER', enabled })
    expect(await change(false)).toEqual({ changed: true })
    expect(await change(false)).toEqual({ changed: false })
    expect(await change(true)).toEqual({ changed: true })
    const after = await sql.query('select from operator_actions where operator = $1', ['admin token'])
    expect((after.rowCount ?? 0) - (before.rowCount ?? 0)).toBe(2)
  })

  test('an instant is a Date, or ISO 8601 where there are no Dates', async () => {
    const call = calls.find((candidate) => candidate.name === 'session.get')
    const caller = await door(name).caller('read', null)
    const { asOf } = (await (call && caller(call, undefined))) as { asOf: unknown }
    const isText = typeof asOf === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(asOf)
    expect([asOf instanceof Date, isText]).toEqual([door(name).hasDates, !door(name).hasDates])
  })
})

describe('an error is the same through every door', () => {
  test.each([
    ['a thing that is not there', 'jobs.get', { jobId: '00000000-0000-4000-8000-000000000000' }],
    ['an input that is wrong', 'jobs.get', { jobId: 'x'.repeat(1_000) }],
    ['a limit out of range', 'admin.actions', { limit: 501 }],
    ['a cursor of somebody else', 'admin.actions', { cursor: '; drop table operator_actions' }],
    ['a feature that does not exist', 'admin.setFeature', { feature: 'NOTHING', enabled: true }],
    ['a section that is off', 'session.brands', {}],
  ] as const)('%s', async (_what, name, given) => {
    const call = calls.find((candidate) => candidate.name === name)
    if (call === undefined) throw new Error(`There is no call ${name}.`)
    const organization = name === 'session.brands' ? off.organizationId : mine.organizationId
    const input = name === 'jobs.get' ? given : { organizationId: organization, ...given }
    const seen = await Promise.all(
      open.doors.map(async ({ caller }) => errorOf((await caller('admin', null))(call, input))),
    )
    const [first] = seen
    expect(first).toMatchObject({ code: matching(/^[A-Z_]+$/) })
    expect(first?.data).toMatchObject({ field: matching(/./), fix: matching(/./) })
    expect(JSON.stringify(first?.data).length).toBeLessThan(700)
    for (const another of seen) expect(another).toEqual(first)
  })
})

test('nothing unexpected happened', () => {
  expect(open.server.console.troubles).toEqual([])
})
