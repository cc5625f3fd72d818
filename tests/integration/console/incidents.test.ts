import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { IncidentView } from '../../../shared/contract/incidents.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addIncident, eventRows } from '../../support/incident-rows.ts'
import { addJob, type Brand, insert, only } from '../../support/job-rows.ts'
import { errorOf } from './error-of.ts'

let console: TestConsole
let brand: Brand
let other: Brand
beforeAll(async () => {
  console = await createTestConsole()
})
afterAll(async () => {
  await console.stop()
  if (console.troubles.length > 0) throw new Error(console.troubles.join('; '))
})
beforeEach(async () => {
  brand = await addOpenBrand(console.sql)
  other = await addOpenBrand(console.sql, 'Other')
})
afterEach(() => console.sql.query('truncate organizations, scheduled_jobs, operator_actions, agents cascade'))

/** Of the first organization unless the columns say otherwise. */
async function add(columns: Record<string, unknown> = {}): Promise<string> {
  const { organizationId, brandId } = brand
  return addIncident(console.sql, { organization_id: organizationId, brand_id: brandId, ...columns })
}

const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000)
const resolved = { resolved_at: new Date(), resolution: 'It is fresh again.' }
const bound = (organizationId: string) => ({ organizationId, scope: 'operate' as const, operator: 'bob' })
const ids = (incidents: readonly { id: string }[]): string[] => incidents.map(({ id }) => id)

type ListInput = Omit<Parameters<TestConsole['client']['incidents']['list']>[0], 'organizationId'>
async function list(input: ListInput = {}, client = console.client) {
  return client.incidents.list({ organizationId: brand.organizationId, ...input })
}

async function addLostAgent(): Promise<string> {
  const { rows } = await console.sql.query<{ id: string }>(
    `insert into agents (id, name, host, process_id, program_version, state, concurrency)
     values (gen_random_uuid(), 'north', 'host', 1, '0', 'running', 1) returning id`,
  )
  const agentId = rows[0]?.id
  return addIncident(console.sql, {
    kind: 'agent_lost',
    agent_id: agentId,
    dataset_key: null,
    summary: 'north is lost.',
  })
}

test('groups are of the dataset that is asked for', async () => {
  await add({ dataset_key: 'orders' })
  await add({ dataset_key: 'stock' })
  const { organizationId } = brand
  const { groups } = await console.client.incidents.groups({ organizationId, by: 'brand', dataset: 'orders' })
  expect(groups).toMatchObject([{ incidents: 1 }])
})

describe('the list', () => {
  test('shows what is open, the newest first, and says all that is known', async () => {
    const old = await add({ opened_at: minutesAgo(60), dataset_key: 'orders', details: { datasetLabel: 'Orders' } })
    const jobId = await addJob(console.sql, { brand_id: brand.brandId, name: 'Nightly', job_type: 'load' })
    const failed = await add({ kind: 'run_failed', dataset_key: null, scheduled_job_id: jobId, next_step: 'Retry it.' })
    await add({ ...resolved, opened_at: minutesAgo(5) })
    const { incidents, counts, nextCursor } = await list()
    expect(ids(incidents)).toEqual([failed, old])
    expect(nextCursor).toBeNull()
    expect(counts).toEqual({ open: 2, acknowledged: 0, snoozed: 0, muted: 0, effects: 0, unattended: 2 })
    expect(incidents[0]).toMatchObject({
      kind: 'run_failed',
      severity: 'problem',
      state: 'open',
      brand: { id: brand.brandId, name: 'Acme' },
      job: { id: jobId, name: 'Nightly' },
      jobType: 'load',
      dataset: null,
      nextStep: 'Retry it.',
      effects: 0,
      isMuted: false,
    })
    expect(incidents[1]).toMatchObject({ dataset: { key: 'orders', label: 'Orders' }, job: null })
  })

  test('N2: an effect stands under its cause, and by itself where the cause is not listed', async () => {
    const cause = await add({ kind: 'no_agent', dataset_key: null, brand_id: null, job_type: 'load' })
    const effect = await add({ cause_id: cause, opened_at: minutesAgo(1) })
    const ended = await add({ cause_id: cause, ...resolved })
    expect((await list()).incidents).toMatchObject([{ id: cause, effects: 1 }])
    expect((await list()).counts).toMatchObject({ open: 1, effects: 1 })
    expect(ids((await list({ causeId: cause })).incidents)).toEqual([effect])
    expect(ids((await list({ kinds: ['dataset_stale'] })).incidents)).toEqual([effect])
    expect(ids((await list({ brandId: brand.brandId })).incidents)).toEqual([effect])
    expect(ids((await list({ states: ['resolved'] })).incidents)).toEqual([ended])
  })

  test('of one dataset, job or agent: an effect as well, since its cause is about something else', async () => {
    const jobId = await addJob(console.sql, { brand_id: brand.brandId, name: 'Nightly', job_type: 'load' })
    const failed = await add({ kind: 'run_failed', dataset_key: null, scheduled_job_id: jobId })
    const stale = await add({ dataset_key: 'orders', cause_id: failed })
    await add({ dataset_key: 'stock' })
    const lost = await addLostAgent()
    const { rows } = await console.sql.query<{ id: string }>('select agent_id as id from incidents where id = $1', [
      lost,
    ])
    const agentId = only(rows).id
    expect(ids((await list({ brandId: brand.brandId, dataset: 'orders' })).incidents)).toEqual([stale])
    expect(ids((await list({ jobId })).incidents)).toEqual([failed])
    expect(ids((await list({ agentId })).incidents)).toEqual([lost])
    expect(ids((await list({ jobId, dataset: 'orders' })).incidents)).toEqual([])
  })

  test('grouped: one row for each kind and dataset, or for each brand, the largest first', async () => {
    const { organizationId } = brand
    for (const state of [{}, { acknowledged_at: new Date() }, {}]) {
      const brandId = await insert(console.sql, 'brands', { organization_id: organizationId, name: 'One' })
      await add({ brand_id: brandId, dataset_key: 'orders', details: { datasetLabel: 'Orders' }, ...state })
    }
    const failed = await add({ kind: 'run_failed', dataset_key: null, brand_id: null })
    await add({ dataset_key: 'stock', cause_id: failed })
    const groups = async (input: object = {}) =>
      (await console.client.incidents.groups({ organizationId, ...input })).groups
    expect(await groups()).toMatchObject([
      { kind: 'dataset_stale', dataset: { key: 'orders', label: 'Orders' }, brand: null, incidents: 3, open: 2 },
      { kind: 'run_failed', dataset: null, incidents: 1, open: 1 },
    ])
    const byBrand = await groups({ by: 'brand' })
    expect(byBrand.map(({ incidents }) => incidents)).toEqual([1, 1, 1, 1])
    expect(byBrand.filter((group) => group.brand === null)).toMatchObject([{ kind: 'run_failed', dataset: null }])
    expect(await groups({ text: 'nowhere' })).toEqual([])
    expect(await errorOf(console.as(bound(other.organizationId)).incidents.groups({ organizationId }))).toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  test('the filters: state, kind, text, brand', async () => {
    const open = await add({ summary: 'Orders is stale.' })
    const taken = await add({ acknowledged_at: new Date(), acknowledged_by: 'bob' })
    const asleep = await add({ snoozed_until: new Date(Date.now() + 3_600_000), snoozed_by: 'bob' })
    const forEver = await add({ snoozed_until: 'infinity', snoozed_by: 'bob', acknowledged_at: new Date() })
    const awake = await add({ snoozed_until: minutesAgo(1), snoozed_by: 'bob' })
    const ended = await add(resolved)
    const of = async (input: ListInput): Promise<string[]> => ids((await list(input)).incidents).toSorted()
    expect(await of({ states: ['open'] })).toEqual([open, awake].toSorted())
    expect(await of({ states: ['acknowledged'] })).toEqual([taken])
    expect(await of({ states: ['snoozed'] })).toEqual([asleep, forEver].toSorted())
    expect(await of({ states: ['resolved'] })).toEqual([ended])
    expect(await of({ text: 'orders IS' })).toEqual([open])
    expect(await of({ text: '%' })).toEqual([])
    expect(await of({ kinds: ['job_dead'] })).toEqual([])
    expect((await list()).counts).toEqual({ open: 2, acknowledged: 1, snoozed: 2, muted: 0, effects: 0, unattended: 2 })
    const { incidents } = await list({ states: ['snoozed'] })
    expect(incidents.filter(({ snoozed }) => snoozed?.until === null)).toMatchObject([{ id: forEver }])
  })

  test('bad input 30: pages follow one another without gap or double, also where everything is equal', async () => {
    const at = minutesAgo(10)
    for (let n = 0; n < 7; n += 1) await add({ opened_at: at })
    await addLostAgent()
    const seen: IncidentView[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof list>> = await list({ limit: 3, cursor })
      seen.push(...page.incidents)
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(new Set(ids(seen)).size).toBe(8)
    expect(ids(seen)).toEqual(ids((await list({ limit: 500 })).incidents))
    expect(await errorOf(list({ cursor: 'nonsense' }))).toMatchObject({
      code: 'INVALID_INPUT',
      data: { field: 'cursor' },
    })
    const wrongTime = Buffer.from(`${brand.brandId} 2026-99-99`).toString('base64url')
    expect(await errorOf(list({ cursor: wrongTime }))).toMatchObject({ code: 'INVALID_INPUT' })
  })

  test('a kind that only a newer program knows is left out', async () => {
    const id = await add({ kind: 'from_the_future' })
    expect((await list()).incidents).toEqual([])
    expect(await errorOf(console.client.incidents.get({ incidentId: id }))).toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('organizations are separated', () => {
  test('a lost agent concerns everybody; its effects are counted for each by itself', async () => {
    const lost = await addLostAgent()
    await add({ cause_id: lost })
    const theirs = { organization_id: other.organizationId, brand_id: other.brandId, cause_id: lost }
    await add(theirs)
    await add(theirs)
    for (const [of, effects] of [
      [brand, 1],
      [other, 2],
    ] as const) {
      const client = console.as(bound(of.organizationId))
      const { incidents } = await client.incidents.list({ organizationId: of.organizationId })
      expect(incidents).toMatchObject([{ id: lost, organizationId: null, effects, agent: { name: 'north' } }])
      expect(await client.incidents.get({ incidentId: lost })).toMatchObject({ effects })
    }
    expect(await console.client.incidents.get({ incidentId: lost })).toMatchObject({ effects: 3 })
  })

  test('whoever works for one organization sees a lost agent and cannot take it away from the others', async () => {
    const lost = await addLostAgent()
    const command = { organizationId: brand.organizationId, incidents: [{ id: lost }] }
    const refused = await console.as(bound(brand.organizationId)).incidents.acknowledge(command)
    expect(refused.results).toMatchObject([{ id: lost, outcome: 'not_allowed' }])
    const { results } = await console.as({ scope: 'operate' }).incidents.acknowledge(command)
    expect(results).toMatchObject([{ id: lost, outcome: 'applied' }])
  })

  test('J12: what is wrong with a platform-level job is for administrators of all', async () => {
    const jobId = await addJob(console.sql, { brand_id: null })
    const platform = { organization_id: null, brand_id: null, dataset_key: null, scheduled_job_id: jobId }
    const id = await add({ ...platform, kind: 'run_failed' })
    expect(ids((await list()).incidents)).toEqual([id])
    const operator = console.as(bound(brand.organizationId))
    expect((await list({}, operator)).incidents).toEqual([])
    expect(await errorOf(operator.incidents.get({ incidentId: id }))).toMatchObject({ code: 'NOT_FOUND' })
    const command = { organizationId: brand.organizationId, incidents: [{ id }] }
    expect((await operator.incidents.acknowledge(command)).results).toMatchObject([{ outcome: 'not_found' }])
  })

  test('an incident of somebody else is not there, also beside one of mine', async () => {
    const mine = await add()
    const theirs = await add({ organization_id: other.organizationId, brand_id: other.brandId })
    const incidents = [{ id: mine.toUpperCase() }, { id: theirs }, { id: mine }]
    const { results } = await console.client.incidents.acknowledge({ organizationId: brand.organizationId, incidents })
    expect(results.map(({ outcome }) => outcome)).toEqual(['applied', 'not_found'])
    expect(await eventRows(console.sql, theirs)).toHaveLength(1)
  })
})

describe('N3: what operators do', () => {
  const one = (id: string, seenEventId: string | null = null) => ({
    organizationId: brand.organizationId,
    incidents: [{ id, seenEventId }],
  })
  const state = async (id: string): Promise<string> => (await console.client.incidents.get({ incidentId: id })).state

  test.each(['latest', '-1', '9223372036854775808'])('bad input: an event "%s" is refused', async (seen) => {
    const call = console.client.incidents.acknowledge(one(await add(), seen))
    expect(await errorOf(call)).toMatchObject({ code: 'INVALID_INPUT', data: { field: 'incidents.0.seenEventId' } })
  })

  test('acknowledged, with who and a note, kept in the history and in the record; no channel tells it', async () => {
    const id = await add()
    await console.as({ operator: 'ada' }).incidents.acknowledge({ ...one(id), note: 'The shop is down.' })
    const incident = await console.client.incidents.get({ incidentId: id })
    expect(incident).toMatchObject({ state: 'acknowledged', acknowledged: { by: 'ada' }, note: 'The shop is down.' })
    expect(incident.events).toMatchObject([
      { type: 'acknowledged', operator: 'ada', note: 'The shop is down.' },
      { type: 'opened', operator: null },
    ])
    expect(incident.lastEventId).toBe(incident.events[0]?.id)
    const [, event] = await eventRows(console.sql, id)
    expect(event).toMatchObject({ told: false })
    expect(event?.dispatched_at).not.toBeNull()
    const { rows } = await console.sql.query('select * from operator_actions')
    expect(rows).toMatchObject([
      {
        operator: 'ada',
        action: 'incident.acknowledge',
        subject_id: id,
        organization_id: brand.organizationId,
        state_before: { acknowledgedBy: null },
        state_after: { acknowledgedBy: 'ada', note: 'The shop is down.' },
      },
    ])
  })

  test('each command and its way back', async () => {
    const id = await add()
    const { incidents } = console.client
    await incidents.snooze({ ...one(id), until: new Date(Date.now() + 3_600_000).toISOString() })
    expect(await state(id)).toBe('snoozed')
    await incidents.wake(one(id))
    expect(await state(id)).toBe('open')
    await incidents.snooze({ ...one(id), until: null })
    expect((await incidents.get({ incidentId: id })).snoozed).toEqual({ until: null, by: 'tester' })
    await incidents.wake(one(id))
    await incidents.acknowledge(one(id))
    await incidents.unacknowledge(one(id))
    expect(await state(id)).toBe('open')
    await incidents.annotate({ ...one(id), note: 'Again.' })
    const { events, note } = await incidents.get({ incidentId: id })
    expect(note).toBe('Again.')
    const happened = 'opened snoozed woken snoozed woken acknowledged unacknowledged noted'
    expect(events.map(({ type }) => type).toReversed()).toEqual(happened.split(' '))
    const { rowCount } = await console.sql.query('select from operator_actions')
    expect(rowCount).toBe(events.length - 1)
  })

  test('what somebody gives to another is theirs; whoever wants to can filter by that', async () => {
    const [given, taken, free] = [await add(), await add({ dataset_key: 'b' }), await add({ dataset_key: 'c' })]
    const ben = console.as({ operator: 'Ben' }).incidents
    await ben.acknowledge({ ...one(given), for: ' Ana ' })
    await ben.acknowledge(one(taken))
    const whole = await ben.get({ incidentId: given })
    expect(whole.acknowledged?.by).toBe('Ana')
    expect(whole.events[0]).toMatchObject({ type: 'acknowledged', operator: 'Ben', assignee: 'Ana' })
    const on = async (onIt: string): Promise<string[]> =>
      ids((await ben.list({ organizationId: brand.organizationId, onIt })).incidents)
    expect([await on('Ana'), await on('me'), await on('nobody')]).toEqual([[given], [taken], [free]])
    const { groups } = await ben.groups({ organizationId: brand.organizationId, onIt: 'nobody' })
    expect(groups.map(({ dataset }) => dataset?.key)).toEqual(['c'])
    const { people } = await ben.people({ organizationId: brand.organizationId })
    expect(people).toEqual(['Ana', 'Ben'])
    const { results } = await ben.acknowledge({ ...one(given), for: 'Cem' })
    expect(results).toMatchObject([{ outcome: 'applied', message: 'Handed over from Ana to Cem.' }])
    const { rows } = await console.sql.query<{ operator: string; state_after: { acknowledgedBy: string } }>(
      `select operator, state_after from operator_actions order by id desc limit 1`,
    )
    expect(rows[0]).toMatchObject({ operator: 'Ben', state_after: { acknowledgedBy: 'Cem' } })
  })

  test('who is on an effect is whoever is on its cause, unless somebody took the effect itself; in any case of letters', async () => {
    const ana = { acknowledged_at: new Date(), acknowledged_by: 'Ana' }
    const [taken, free] = [await add(ana), await add({ dataset_key: 'free' })]
    await add({ dataset_key: 'a', cause_id: taken })
    const own = await add({ dataset_key: 'b', cause_id: taken, acknowledged_at: new Date(), acknowledged_by: 'Cem' })
    const on = async (onIt: string): Promise<string[]> => ids((await list({ onIt })).incidents)
    expect([await on('nobody'), await on('Ana'), await on('cem')]).toEqual([[free], [taken], [own]])
    expect((await list({ onIt: 'Ana', causeId: taken })).incidents).toMatchObject([{ dataset: { key: 'a' } }])
    const { groups } = await console.client.incidents.groups({ organizationId: brand.organizationId, onIt: 'nobody' })
    expect(groups.map(({ dataset }) => dataset?.key)).toEqual(['free'])
  })

  test('two words are no names: "me" is whoever gives it, "nobody" is refused; neither is somebody who may be on it', async () => {
    const id = await add()
    const ben = console.as({ operator: 'Ben' }).incidents
    await ben.acknowledge({ ...one(id), for: ' ME ' })
    expect((await ben.get({ incidentId: id })).acknowledged?.by).toBe('Ben')
    expect(ids((await ben.list({ organizationId: brand.organizationId, onIt: 'Me' })).incidents)).toEqual([id])
    const refused = await errorOf(ben.acknowledge({ ...one(id), for: 'Nobody' }))
    expect(refused).toMatchObject({ code: 'INVALID_INPUT', data: { field: 'for' } })
    await add({ dataset_key: 'b', acknowledged_at: new Date(), acknowledged_by: 'nobody' })
    await add({ dataset_key: 'c', acknowledged_at: new Date(), acknowledged_by: 'Me' })
    expect(await ben.people({ organizationId: brand.organizationId })).toEqual({ people: ['Ben'] })
  })

  test('what operators did themselves is no news to them: their next command, sent without a database, still counts', async () => {
    const id = await add()
    const { lastEventId } = await console.client.incidents.get({ incidentId: id })
    const ben = console.as({ operator: 'Ben' }).incidents
    await ben.acknowledge({ ...one(id, lastEventId), for: 'Ana' })
    const handed = await ben.acknowledge({ ...one(id, lastEventId), for: 'Cem' })
    expect(handed.results).toMatchObject([{ outcome: 'applied', message: 'Handed over from Ana to Cem.' }])
    const back = await ben.unacknowledge(one(id, lastEventId))
    expect(back.results).toMatchObject([{ outcome: 'applied' }])
    await console.as({ operator: 'Dan' }).incidents.acknowledge(one(id))
    const late = await ben.acknowledge({ ...one(id, lastEventId), for: 'Cem' })
    expect(late.results).toMatchObject([{ outcome: 'conflict' }])
  })

  test('O2: who was overtaken learns it, and nothing changes', async () => {
    const id = await add()
    const { lastEventId } = await console.client.incidents.get({ incidentId: id })
    await console.as({ operator: 'bob' }).incidents.acknowledge(one(id, lastEventId))
    const { results } = await console.as({ operator: 'ada' }).incidents.acknowledge(one(id, lastEventId))
    expect(results).toEqual([{ id, outcome: 'conflict', message: 'bob is on it, acknowledged just now.' }])
    expect(await eventRows(console.sql, id)).toHaveLength(2)
    await console.sql.query('update incidents set resolved_at = now()')
    const late = await console.client.incidents.snooze({ ...one(id), until: null })
    expect(late.results).toMatchObject([{ outcome: 'conflict', message: 'It ended by itself just now.' }])
  })

  test('two at the same moment: one of them is told', async () => {
    const id = await add()
    const { lastEventId } = await console.client.incidents.get({ incidentId: id })
    const answers = await Promise.all(
      ['ada', 'bob'].map((operator) => console.as({ operator }).incidents.acknowledge(one(id, lastEventId))),
    )
    const outcomes = answers.flatMap(({ results }) => results.map(({ outcome }) => outcome))
    expect(outcomes.toSorted()).toEqual(['applied', 'conflict'])
    expect(await eventRows(console.sql, id)).toHaveLength(2)
  })

  test('1,000 at once are one command', async () => {
    await console.sql.query(
      `insert into incidents (kind, organization_id, brand_id, dataset_key, summary)
       select 'dataset_stale', $1, $2, 'dataset_' || n, 'Stale.' from generate_series(1, 1000) n`,
      [brand.organizationId, brand.brandId],
    )
    const { rows } = await console.sql.query<{ id: string }>('select id from incidents')
    const command = { organizationId: brand.organizationId, incidents: rows, note: 'All of them.' }
    const { results } = await console.client.incidents.acknowledge(command)
    expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['applied']))
    const { rowCount } = await console.sql.query('select from operator_actions')
    expect(rowCount).toBe(1_000)
  })

  test.each([
    ['over already', -60_000],
    ['more than 90 days away', 91 * 86_400_000],
  ])('a snooze until a time that is %s is refused', async (_what, ms) => {
    const until = new Date(Date.now() + ms).toISOString()
    const id = await add()
    const error = await errorOf(console.client.incidents.snooze({ ...one(id), until }))
    expect(error).toMatchObject({ code: 'INVALID_INPUT', data: { field: 'until', value: until } })
    expect(await eventRows(console.sql, id)).toHaveLength(1)
  })
})

describe('N3: mute rules', () => {
  test('a rule mutes what it fits, shows how much, and ends', async () => {
    const { organizationId, brandId } = brand
    const orders = await add({ dataset_key: 'orders' })
    await add({ dataset_key: 'visits' })
    await add({ organization_id: other.organizationId, brand_id: other.brandId, dataset_key: 'orders' })
    const { incidents } = console.client
    const wanted = { organizationId, brandId, dataset: 'orders' }
    expect(await incidents.previewMute(wanted)).toMatchObject({ mutes: 1 })
    expect(await incidents.previewMute({ ...wanted, dataset: 'nothing' })).toMatchObject({ mutes: 0 })
    const { id, mutes } = await incidents.mute({ organizationId, brandId, dataset: 'orders', note: 'Moving.' })
    expect(mutes).toBe(1)
    const muted = (await list()).incidents.filter(({ isMuted }) => isMuted)
    expect(ids(muted)).toEqual([orders])
    expect((await list()).counts).toMatchObject({ open: 2, muted: 1 })
    expect((await incidents.centre({ organizationId })).unattended).toBe(1)
    const { rules } = await incidents.mutes({ organizationId })
    expect(rules).toMatchObject([{ id, mutes: 1, dataset: 'orders', brand: { name: 'Acme' }, createdBy: 'tester' }])
    expect(await console.as(bound(other.organizationId)).incidents.mutes(other)).toMatchObject({ rules: [] })
    await console.sql.query(`update mute_rules set until = now() - interval '1 s'`)
    expect((await list()).counts).toMatchObject({ muted: 0 })
    expect((await incidents.mutes({ organizationId })).rules).toEqual([])
    expect(await incidents.unmute({ organizationId: other.organizationId, ruleId: id })).toEqual({ changed: false })
    expect(await incidents.unmute({ organizationId, ruleId: id })).toEqual({ changed: true })
    expect(await incidents.unmute({ organizationId, ruleId: id })).toEqual({ changed: false })
    const { rows } = await console.sql.query<{ action: string }>('select action from operator_actions order by id')
    expect(rows.map(({ action }) => action)).toEqual(['incident.mute', 'incident.unmute'])
  })

  test('a rule for a lost agent is of one organization alone', async () => {
    await addLostAgent()
    await console.client.incidents.mute({ organizationId: brand.organizationId, kind: 'agent_lost' })
    expect((await list()).incidents).toMatchObject([{ isMuted: true }])
    const theirs = await console.client.incidents.list({ organizationId: other.organizationId })
    expect(theirs.incidents).toMatchObject([{ isMuted: false }])
  })

  test('a rule that is over before it begins is refused', async () => {
    const rule = { organizationId: brand.organizationId, until: '2020-01-01T00:00:00Z' }
    expect(await errorOf(console.client.incidents.mute(rule))).toMatchObject({ data: { field: 'until' } })
    expect((await console.client.incidents.mutes(brand)).rules).toEqual([])
  })
})

describe('the notification centre and the statistics', () => {
  test('what was opened and resolved of roots, the newest first; effects and what operators do are not news', async () => {
    const cause = await add({ kind: 'no_agent', dataset_key: null, job_type: 'load' })
    await add({ cause_id: cause })
    await add({ organization_id: other.organizationId, brand_id: other.brandId })
    const lost = await addLostAgent()
    await console.client.incidents.acknowledge({ organizationId: brand.organizationId, incidents: [{ id: cause }] })
    const { events, unattended } = await console.client.incidents.centre({ organizationId: brand.organizationId })
    expect(events).toMatchObject([
      { type: 'opened', incident: { id: lost, kind: 'agent_lost' } },
      { type: 'opened', incident: { id: cause, state: 'acknowledged' } },
    ])
    expect(unattended).toBe(1)
  })

  test('times to acknowledge and to resolve are medians of what was opened in the range', async () => {
    const opened = minutesAgo(100)
    const after = (minutes: number): Date => new Date(opened.getTime() + minutes * 60_000)
    for (const minutes of [10, 20, 60]) {
      const id = await add({ opened_at: opened, resolved_at: after(minutes) })
      await console.sql.query(
        `insert into incident_events (incident_id, type, happened_at) values ($1, 'acknowledged', $2), ($1, 'acknowledged', now())`,
        [id, after(minutes / 10)],
      )
    }
    await add({ kind: 'job_dead', dataset_key: null })
    await add({ opened_at: minutesAgo(60 * 24 * 40) })
    const { asOf: _asOf, ...found } = await console.client.incidents.statistics({
      organizationId: brand.organizationId,
    })
    expect(found).toEqual({
      opened: 4,
      resolved: 3,
      medianAcknowledgeSeconds: 120,
      medianResolveSeconds: 1_200,
      byKind: [
        { kind: 'dataset_stale', opened: 3, open: 0 },
        { kind: 'job_dead', opened: 1, open: 1 },
      ],
    })
    const none = await console.client.incidents.statistics({ organizationId: other.organizationId })
    expect(none).toMatchObject({ opened: 0, medianAcknowledgeSeconds: null, medianResolveSeconds: null, byKind: [] })
  })
})
