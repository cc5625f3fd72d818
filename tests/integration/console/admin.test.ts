import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeToken } from '../../../agent/server/bearer-token.ts'
import { insertApiToken } from '../../../agent/store/api-tokens.ts'
import { insertOperatorAction } from '../../../agent/store/operator-actions.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addBrand, addJob, addRun, type Brand } from '../../support/job-rows.ts'
import { catalog } from './freshness-catalog.ts'

const feature = 'PIPELINE_MANAGER'

let console: TestConsole
let mine: Brand
let other: Brand
beforeAll(async () => {
  console = await createTestConsole({ catalog })
  mine = await addOpenBrand(console.sql, 'Mine')
  other = await addBrand(console.sql, 'Other')
})
afterAll(async () => {
  await console.stop()
})

test('features of every organization, those that nobody has decided about as off', async () => {
  const features = await console.client.admin.features()
  expect(features).toMatchObject([
    { organizationId: mine.organizationId, organizationName: 'Mine', brands: 1, feature, enabled: true },
    { organizationId: other.organizationId, brands: 1, feature, enabled: false, changedAt: null, changedBy: null },
  ])
})

test('a feature that is switched is recorded with before and after, and counts at once; once more changes nothing', async () => {
  const { organizationId } = await addOpenBrand(console.sql, 'Switched')
  const change = { organizationId, feature, enabled: false }
  expect(await console.client.admin.setFeature(change)).toEqual({ changed: true })
  expect(await console.client.admin.setFeature(change)).toEqual({ changed: false })
  await expect(console.client.session.brands({ organizationId })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  const { actions } = await console.client.admin.actions({ organizationId })
  expect(actions).toMatchObject([
    {
      action: 'feature.disable',
      operator: 'tester',
      door: 'console',
      organizationId,
      before: { feature, enabled: true },
      after: { feature, enabled: false },
    },
  ])
})

test('two administrators who switch at the same moment leave one record', async () => {
  const { organizationId } = await addOpenBrand(console.sql, 'Raced')
  const change = { organizationId, feature, enabled: false }
  const answers = await Promise.all([1, 2, 3].map(() => console.client.admin.setFeature(change)))
  expect(answers.filter(({ changed }) => changed)).toHaveLength(1)
  expect((await console.client.admin.actions({ organizationId })).actions).toHaveLength(1)
})

test('a feature or an organization that does not exist is not found', async () => {
  const { organizationId } = mine
  await expect(
    console.client.admin.setFeature({ organizationId, feature: 'ELSE', enabled: true }),
  ).rejects.toMatchObject({
    code: 'NOT_FOUND',
    data: { field: 'feature', value: 'ELSE' },
  })
  const nobody = '00000000-0000-4000-8000-000000000000'
  await expect(
    console.client.admin.setFeature({ organizationId: nobody, feature, enabled: true }),
  ).rejects.toMatchObject({
    code: 'NOT_FOUND',
    data: { field: 'organizationId' },
  })
})

test('the record is paged without gaps while people go on', async () => {
  const { organizationId } = await addOpenBrand(console.sql, 'Paged')
  const change = (enabled: boolean) => console.client.admin.setFeature({ organizationId, feature, enabled })
  for (let count = 0; count < 5; count += 1) await change(count % 2 === 1)
  const first = await console.client.admin.actions({ organizationId, limit: 2 })
  await change(true)
  const second = await console.client.admin.actions({ organizationId, limit: 2, cursor: first.nextCursor })
  const third = await console.client.admin.actions({ organizationId, limit: 2, cursor: second.nextCursor })
  const seen = [...first.actions, ...second.actions, ...third.actions]
  expect(seen.map(({ action }) => action.slice(8))).toEqual(['disable', 'enable', 'disable', 'enable', 'disable'])
  expect(new Set(seen.map(({ id }) => id)).size).toBe(5)
  expect(third.nextCursor).toBeNull()
})

test('the record is narrowed by person, kind and name of thing, action and time, and names what it is about', async () => {
  const brand = await addOpenBrand(console.sql, 'Narrowed')
  const { organizationId, brandId } = brand
  const ana = console.as({ operator: 'Ana Lima' })
  const jobId = await addJob(console.sql, { brand_id: brandId, name: 'Old name' })
  await ana.jobs.pause({ jobId })
  await console.client.admin.renameBrand({ brandId, name: 'Renamed' })
  await console.client.freshness.setPolicy({ brandId, dataset: 'orders', maxAgeHours: 6 })
  const runId = await addRun(console.sql, jobId, {})
  await insertOperatorAction(console.services.database, {
    actor: { operator: 'tester', door: 'cli' },
    organizationId,
    action: 'run.cancel',
    subjectType: 'run',
    subjectId: runId,
    before: null,
    after: null,
  })
  await console.client.admin.setFeature({ organizationId, feature, enabled: false })
  await console.sql.query(`update scheduled_jobs set name = 'Nightly 100%' where id = $1`, [jobId])
  const found = async (filter: object): Promise<string[]> =>
    (await console.client.admin.actions({ organizationId, ...filter })).actions.map(({ action }) => action)

  const all = (await console.client.admin.actions({ organizationId })).actions
  expect(all.map(({ action, subjectName, subjectExists }) => [action, subjectName, subjectExists])).toEqual([
    ['feature.disable', 'Narrowed', true],
    ['run.cancel', 'Nightly 100%', true],
    ['policy.set', 'orders of Renamed', true],
    ['brand.rename', 'Renamed', true],
    ['job.pause', 'Nightly 100%', true],
  ])
  expect(all[3]?.changes).toEqual([{ field: 'name', name: 'name', from: 'Narrowed', to: 'Renamed' }])
  expect(await found({ operator: 'ana l' })).toEqual(['job.pause'])
  expect(await found({ subjectTypes: ['brand', 'job'] })).toEqual(['brand.rename', 'job.pause'])
  expect(await found({ actions: ['policy.set', 'nobody.does'] })).toEqual(['policy.set'])
  // By what it is called now, was called then, and by the brand of a dataset.
  expect(await found({ text: '100%' })).toEqual(['run.cancel', 'job.pause'])
  expect(await found({ text: 'narrowed' })).toEqual(['feature.disable', 'brand.rename'])
  expect(await found({ text: 'RENAMED' })).toEqual(['policy.set', 'brand.rename'])
  expect(await found({ text: 'orders' })).toEqual(['policy.set'])
  expect(await found({ text: '100_', operator: 'Ana' })).toEqual([])
  const at = all[2]?.happenedAt ?? new Date(Number.NaN)
  expect(await found({ from: at.toISOString() })).toContain('policy.set')
  expect(await found({ from: at.toISOString() })).not.toContain('job.pause')
  expect(await found({ to: at.toISOString() })).not.toContain('policy.set')
  await expect(console.client.admin.actions({ from: at.toISOString(), to: at.toISOString() })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    data: { field: 'to' },
  })
  const first = await console.client.admin.actions({ organizationId, subjectTypes: ['brand', 'job'], limit: 1 })
  const next = { organizationId, subjectTypes: ['brand', 'job'], limit: 1, cursor: first.nextCursor }
  expect((await console.client.admin.actions(next)).actions).toMatchObject([{ action: 'job.pause' }])
})

test('a thing that is gone keeps the name it had, and one that another organization has now is not named', async () => {
  const [here, there] = [await addOpenBrand(console.sql, 'Here'), await addOpenBrand(console.sql, 'There')]
  const { organizationId } = here
  await console.sql.query(
    `insert into operator_actions (operator, door, organization_id, action, subject_type, subject_id, state_after)
     values ('ana', 'cli', $1, 'hook.remove', 'hook', gen_random_uuid()::text, '{"name": "Shop orders"}'),
       ('ana', 'cli', $1, 'brand.archive', 'brand', $2, '{"archived": true}'),
       ('ana', 'cli', $1, 'notification.test', 'channel', 'not an id', null)`,
    [organizationId, there.brandId],
  )
  const { actions } = await console.client.admin.actions({ organizationId })
  expect(actions).toMatchObject([
    { subjectType: 'channel', subjectName: null, subjectExists: false },
    { subjectType: 'brand', subjectName: null, subjectExists: false },
    { subjectType: 'hook', subjectName: 'Shop orders', subjectExists: false },
  ])
})

test('tokens are listed without anything that could be used', async () => {
  const { id, text, secretHash } = makeToken()
  const token = { id, name: 'nightly', scope: 'read', organizationId: mine.organizationId, createdBy: 'ada' } as const
  await insertApiToken(console.services.database, { ...token, secretHash, expiresInDays: 30 })
  const [found] = await console.client.admin.tokens()
  expect(found).toMatchObject({ ...token, lastUsedAt: null, revokedAt: null })
  expect(found?.expiresAt?.getTime()).toBeGreaterThan(found?.createdAt.getTime() ?? Number.NaN)
  expect(JSON.stringify(found)).not.toContain(text.slice(-43))
  expect(Object.keys(found ?? {}).toSorted()).not.toContain('secretHash')
})

test('an administrator of one organization sees and changes that one alone', async () => {
  const theirs = console.as({ organizationId: other.organizationId })
  expect((await theirs.admin.features()).map(({ organizationId }) => organizationId)).toEqual([other.organizationId])
  expect(await theirs.admin.tokens()).toEqual([])
  expect((await theirs.admin.actions({})).actions).toEqual([])
  const { organizationId } = mine
  await expect(theirs.admin.actions({ organizationId })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(theirs.admin.setFeature({ organizationId, feature, enabled: false })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
})
