import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addJob, type Brand } from '../../support/job-rows.ts'
import { commandsOn } from '../cli/command-line.ts'
import { errorOf } from './error-of.ts'
import { addAgent } from './working-agent.ts'

let console: TestConsole
let brand: Brand
beforeAll(async () => {
  console = await createTestConsole()
  brand = await addOpenBrand(console.sql, 'Acme')
  await addAgent(console.sql, { jobTypes: { load: { parameters: { type: 'object' } } } })
})
afterAll(async () => {
  await console.stop()
})

const schedule = {
  cron: '0 6 * * *',
  timeZone: 'Europe/Berlin',
  jobType: 'load',
  parameters: { shop: 'a', days: 7 },
} as const

async function addSchedule(): Promise<string> {
  const { organizationId, brandId } = brand
  return (await console.client.schedules.create({ organizationId, brandId, ...schedule })).job.id
}

test('who changed a schedule, from what to what: each action with before and after, in words', async () => {
  const jobId = await addSchedule()
  const ana = console.as({ operator: 'ana', door: 'api' })
  await ana.schedules.update({ jobId, version: 1, cron: '0 7 * * *' })
  await ana.schedules.update({ jobId, version: 2, maxRetries: 5, parameters: { shop: 'b', days: 7 } })
  await console.client.jobs.pause({ jobId })
  const { actions, nextCursor } = await console.client.jobs.history({ jobId })
  expect(nextCursor).toBeNull()
  expect(actions.map(({ operator, door, sentence }) => `${operator} (${door}) ${sentence}`)).toEqual([
    'tester (console) paused it',
    'ana (api) changed 2 things',
    'ana (api) changed the schedule from Daily at 06:00 to Daily at 07:00 Europe/Berlin',
    'tester (console) scheduled it: Daily at 06:00 Europe/Berlin',
  ])
  const [, second, first, created] = actions
  expect(second?.changes.toSorted((a, b) => a.field.localeCompare(b.field))).toEqual([
    { field: 'maxRetries', name: 'retries', from: '3', to: '5' },
    { field: 'parameters.shop', name: 'parameter shop', from: 'a', to: 'b' },
  ])
  expect([first?.before?.['cronExpression'], first?.after?.['cronExpression']]).toEqual(['0 6 * * *', '0 7 * * *'])
  expect(created?.before).toBeNull()
})

test('the history of a job is paged without gaps while people go on, also of what happened at one instant', async () => {
  const jobId = await addSchedule()
  for (const call of ['pause', 'resume', 'pause', 'resume'] as const) await console.client.jobs[call]({ jobId })
  await console.sql.query(
    `update operator_actions set happened_at = now() where subject_id = $1 and action <> 'job.schedule'`,
    [jobId],
  )
  const first = await console.client.jobs.history({ jobId, limit: 2 })
  await console.client.jobs.pause({ jobId })
  const second = await console.client.jobs.history({ jobId, limit: 2, cursor: first.nextCursor })
  const third = await console.client.jobs.history({ jobId, limit: 2, cursor: second.nextCursor })
  const seen = [...first.actions, ...second.actions, ...third.actions]
  expect(seen.map(({ action }) => action)).toEqual([
    'job.resume',
    'job.pause',
    'job.resume',
    'job.pause',
    'job.schedule',
  ])
  expect(new Set(seen.map(({ id }) => id)).size).toBe(5)
  expect(third.nextCursor).toBeNull()
  const error = await errorOf(console.client.jobs.history({ jobId, cursor: randomUUID() }))
  expect(error).toMatchObject({ code: 'INVALID_INPUT', data: { field: 'cursor' } })
})

test('what somebody of another organization did to a job, and what a job does not show, is not told', async () => {
  const jobId = await addSchedule()
  const other = await addOpenBrand(console.sql, 'Other')
  const theirs = console.as({ organizationId: other.organizationId, scope: 'read' })
  expect(await errorOf(theirs.jobs.history({ jobId }))).toMatchObject({ code: 'NOT_FOUND' })
  // The brand was theirs once, and a newer version of this program has recorded more.
  await console.sql.query(
    `insert into operator_actions (operator, door, organization_id, action, subject_type, subject_id, state_before, state_after)
     values ('stranger', 'console', $1, 'job.pause', 'job', $2, '{"name": "theirs"}', '{"name": "ours"}'),
       ('colleague', 'console', $3, 'job.schedule', 'job', $2, '{"secret": 1}', '{"secret": 2, "maxRetries": 9}')`,
    [other.organizationId, jobId, brand.organizationId],
  )
  const mine = console.as({ organizationId: brand.organizationId, scope: 'read' })
  const { actions } = await mine.jobs.history({ jobId })
  expect(actions.map(({ operator }) => operator)).toEqual(['colleague', 'tester'])
  expect(JSON.stringify(actions)).not.toMatch(/secret|theirs/)
})

test('an id in other letters names the same job, and a job nobody has touched has no history', async () => {
  const jobId = await addJob(console.sql, { brand_id: brand.brandId })
  expect(await console.client.jobs.history({ jobId })).toEqual({ actions: [], nextCursor: null })
  await console.client.jobs.archive({ jobId })
  expect((await console.client.jobs.history({ jobId: jobId.toUpperCase() })).actions).toMatchObject([
    { action: 'job.archive', sentence: 'archived it' },
  ])
})

test('pm jobs history tells the same, for people and as JSON, and says when there is more', async () => {
  const jobId = await addSchedule()
  const edit = { jobId, cron: '0 7 * * *', maxRetries: 5 }
  await console.as({ operator: 'ana' }).schedules.update({ ...edit, version: 1 })
  const { pm, json } = commandsOn(() => console.database.url)
  const { stdout } = await pm('jobs', 'history', jobId.slice(0, 8))
  expect(stdout).toMatch(/UTC\)  ana \(console\) changed 2 things\n/)
  expect(stdout).toContain('    schedule: Daily at 06:00 → Daily at 07:00 Europe/Berlin\n')
  expect(stdout).toContain('    retries: 3 → 5\n')
  expect(stdout).toContain('tester (console) scheduled it: Daily at 06:00 Europe/Berlin\n')
  const { actions } = await console.client.jobs.history({ jobId })
  const told = await json('jobs', 'history', jobId)
  expect(told).toEqual(JSON.parse(JSON.stringify({ job: { id: jobId, name: 'load' }, actions })))
  expect((await pm('jobs', 'history', jobId, '--limit', '1')).stderr).toContain('Only the newest 1 are shown')
  expect(await json('jobs', 'list')).toEqual(await json('jobs'))
})
