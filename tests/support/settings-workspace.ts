/** An organization that has something of every kind of setting, made through the calls of the console. */

import type { TestConsole } from './console.ts'
import { addAgent, testCatalog } from './console-catalog.ts'
import { insert, only } from './job-rows.ts'

const days = {
  type: 'object',
  properties: { days: { type: 'integer', default: 7 } },
  additionalProperties: false,
} as const

export const settingsCatalog = testCatalog({
  datasets: { orders: { maxAgeHours: 24 }, report: { maxAgeHours: 24 }, clicks: {} },
  jobTypes: { load: { datasets: ['orders'] }, build: { datasets: ['report'], parameters: days } },
})

/** An agent that runs the job types of the catalog and has the channel `ops`. */
export async function addSettingsAgent({ sql }: TestConsole): Promise<void> {
  const id = await addAgent(sql, settingsCatalog, ['load', 'build'])
  await sql.query(
    `update agents set catalog = jsonb_set(catalog, '{channels}', '{"ops": {"type": "webhook"}}') where id = $1`,
    [id],
  )
}

/** Without brands. Returns its id. */
export async function addEmptyOrganization({ sql }: TestConsole, name: string): Promise<string> {
  const id = await insert(sql, 'organizations', { name })
  await sql.query(
    `insert into organization_features (organization_id, feature, enabled) values ($1, 'PIPELINE_MANAGER', true)`,
    [id],
  )
  return id
}

export async function addSettingsWorkspace(pm: TestConsole, name = 'Full'): Promise<string> {
  const organizationId = await addEmptyOrganization(pm, name)
  const { client } = pm
  const make = async (brand: string): Promise<string> =>
    (await client.admin.createBrand({ organizationId, name: brand })).brandId
  const [acme, odd, old] = [await make('Acme'), await make('# yes: "no" é'), await make('Old')]
  await client.admin.changeGroups({ organizationId, brandIds: [acme], add: ['Tier 1', 'EMEA'], remove: [] })
  const daily = { cron: '0 6 * * *', timeZone: 'Europe/Berlin' }
  const { job } = await client.schedules.create({
    organizationId,
    brandId: acme,
    jobType: 'build',
    name: 'Nightly: build',
    parameters: { days: 3 },
    ...daily,
    priority: 'high',
    overlapPolicy: 'skip',
    catchUpPolicy: 'skip',
    maxRetries: 0,
    alertAfter: 3,
    timeoutMinutes: 30,
    concurrencyKey: 'one at a time',
  })
  const second = await client.schedules.create({
    organizationId,
    brandId: odd,
    jobType: 'load',
    ...daily,
    cron: '*/5 * * * *',
  })
  await client.jobs.pause({ jobId: second.job.id })
  await client.schedules.create({ organizationId, brandId: old, jobType: 'load', ...daily })
  const due = { days: ['mon', 'fri'] as const, at: '09:00', zone: 'UTC' }
  await client.freshness.setPolicy({ brandId: acme, dataset: 'orders', maxAgeHours: 12.5, warnAgeHours: 6, due })
  await client.freshness.setPolicy({ brandId: odd, dataset: 'report', maxAgeHours: null, due })
  const trigger = { organizationId, brandId: acme, dataset: 'orders' }
  await client.triggers.create({ ...trigger, jobId: job.id, debounceSeconds: 0 })
  const { trigger: made } = await client.triggers.create({ ...trigger, jobType: 'build', parameters: { days: 1 } })
  await client.triggers.update({ organizationId, triggerId: made.id, isPaused: true })
  await client.notifications.setSettings({
    organizationId,
    kinds: { ...(await client.notifications.settings({ organizationId })).kinds, at_risk: true },
    remindEveryMinutes: 120,
    quietHours: { timeZone: 'UTC', from: '22:00', to: '06:00', days: [0, 1, 6] },
  })
  const route = { organizationId, channel: 'ops', kinds: null, brandIds: null, tellsResolved: true, enabled: true }
  await client.notifications.setRoute(route)
  await client.notifications.setRoute({
    ...route,
    kinds: ['job_dead'],
    brandIds: [acme, odd],
    afterMinutes: 30,
    repeatMinutes: 60,
  })
  await client.notifications.setRoute({ ...route, person: 'ada', tellsResolved: false, enabled: false })
  await client.incidents.mute({ organizationId, brandId: acme, dataset: 'clicks', note: 'Nobody needs it' })
  await client.incidents.mute({ organizationId, kind: 'suspicious' })
  await client.incidents.mute({
    organizationId,
    kind: 'at_risk',
    until: new Date(Date.now() + 3_600_000).toISOString(),
  })
  await client.admin.archiveBrand({ brandId: old })
  return organizationId
}

/** How many rows of people's actions there are. */
export async function countActions({ sql }: TestConsole): Promise<number> {
  return Number(only((await sql.query<{ count: string }>('select count(*) from operator_actions')).rows).count)
}
