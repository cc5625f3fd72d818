/** A good input for every call. A call that is added to the contract does not compile here until it has one. */
import type { InferContractRouterInputs } from '@orpc/contract'
import type { Contract } from '../../shared/contract/index.ts'
import type { Call } from './doors.ts'

/** What the inputs name; all of one organization. */
export interface Named {
  readonly organizationId: string
  readonly brandId: string
  readonly jobId: string
  readonly runId: string
  readonly incidentId: string
  readonly deliveryId: string
  readonly hookId: string
  readonly externalRunId: string
  readonly checkId: string
  readonly backfillId: string
}

type Inputs = InferContractRouterInputs<Contract>
type InputOfEvery = {
  readonly [Subject in keyof Inputs]: {
    readonly [Name in keyof Inputs[Subject]]: (named: Named) => Inputs[Subject][Name]
  }
}

const nobody = '00000000-0000-4000-8000-00000000cafe'
const jobType = 'meta_sync'
const dataset = 'meta_ads_performance'
const route = { channel: 'desktop', kinds: null, brandIds: null, tellsResolved: true, enabled: true }
const kinds = {
  dataset_stale: true,
  dataset_never_synced: true,
  at_risk: false,
  suspicious: true,
  run_failed: true,
  run_failed_first: false,
  job_dead: true,
  run_long: true,
  run_late: true,
  external_failed: true,
  no_agent: true,
  agent_lost: true,
}
const names = { namespace: 'postgres://db:5432', name: 'shop.*' } as const
const check = {
  name: 'Backup',
  slug: 'backup',
  dataset: 'backup',
  schedule: { kind: 'period', periodSeconds: 3_600 },
  graceSeconds: 600,
  resumesByHand: false,
} as const
const daily = { cron: '0 6 * * *', timeZone: 'UTC' } as const

const oldDays = { first: '2026-01-01', last: '2026-01-03' } as const
const inTwoHours = (): string => new Date(Date.now() + 7_200_000).toISOString()

const emptyDocument = 'format: pipeline-manager/v1'

const inputs: InputOfEvery = {
  session: {
    get: () => undefined,
    brands: ({ organizationId }) => ({ organizationId }),
  },
  connection: {
    get: () => undefined,
    retry: () => undefined,
    queue: () => undefined,
    dismiss: () => ({ id: nobody }),
  },
  live: { changes: ({ organizationId }) => ({ organizationId }) },
  freshness: {
    board: ({ organizationId }) => ({ organizationId }),
    ages: ({ organizationId, brandId }) => ({ organizationId, brandIds: [brandId] }),
    summary: ({ organizationId }) => ({ organizationId }),
    cells: ({ organizationId, brandId }) => ({ organizationId, brandIds: [brandId] }),
    brand: ({ brandId }) => ({ brandId }),
    dataset: ({ brandId }) => ({ brandId, dataset }),
    check: ({ brandId }) => ({ brandId, dataset }),
    setPolicy: ({ brandId }) => ({ brandId, dataset, maxAgeHours: 6 }),
    previewFixes: ({ organizationId, brandId }) => ({ organizationId, cells: [{ brandId, dataset }] }),
    runFixes: ({ organizationId, brandId }) => ({ organizationId, requestId: nobody, cells: [{ brandId, dataset }] }),
    recordStart: ({ brandId }) => ({ brandId, dataset }),
    recordSuccess: ({ brandId }) => ({ brandId, dataset, records: 3 }),
    recordFailure: ({ brandId }) => ({ brandId, dataset, error: 'It failed.' }),
  },
  readiness: {
    ask: ({ brandId }) => ({ brand: brandId, page: 'ad_performance' }),
    page: ({ brandId }) => ({ brandId, page: 'ad_performance' }),
    list: ({ organizationId }) => ({ organizationId }),
  },
  report: { brands: ({ organizationId }) => ({ organizationId }) },
  catalog: { get: () => undefined, agents: () => undefined },
  jobs: {
    list: ({ organizationId }) => ({ organizationId }),
    counts: ({ organizationId }) => ({ organizationId }),
    products: ({ organizationId }) => ({ organizationId }),
    get: ({ jobId }) => ({ jobId }),
    history: ({ jobId }) => ({ jobId }),
    queue: ({ organizationId, brandId }) => ({ organizationId, brandId, jobType }),
    act: ({ organizationId, jobId }) => ({ organizationId, action: 'pause', jobs: [{ id: jobId }] }),
    pause: ({ jobId }) => ({ jobId }),
    resume: ({ jobId }) => ({ jobId }),
    retry: ({ jobId }) => ({ jobId }),
    archive: ({ jobId }) => ({ jobId }),
    restore: ({ jobId }) => ({ jobId }),
  },
  schedules: {
    timeline: ({ organizationId }) => ({ organizationId }),
    create: ({ organizationId, brandId }) => ({ organizationId, brandId, jobType, ...daily }),
    update: ({ jobId }) => ({ jobId, version: 1, name: 'Renamed' }),
    ensure: ({ brandId }) => ({ brandId, jobType, ...daily }),
    coverage: ({ organizationId }) => ({ organizationId, jobType }),
    createMany: ({ organizationId, brandId }) => ({ organizationId, brandIds: [brandId], jobType, ...daily }),
    changeMany: ({ organizationId, jobId }) => ({ organizationId, changes: [{ jobId, version: 1, maxRetries: 1 }] }),
  },
  holds: {
    list: ({ organizationId }) => ({ organizationId }),
    create: ({ organizationId, brandId }) => ({ organizationId, brandId, endsAt: inTwoHours(), reason: 'Migration' }),
    change: ({ organizationId }) => ({ organizationId, holdId: nobody, reason: 'Longer' }),
    end: ({ organizationId }) => ({ organizationId, holdId: nobody }),
    restore: ({ organizationId }) => ({ organizationId, holdId: nobody }),
  },
  backfills: {
    list: ({ organizationId }) => ({ organizationId }),
    get: ({ organizationId, backfillId }) => ({ organizationId, backfillId }),
    preview: ({ organizationId, brandId }) => ({ organizationId, brandId, jobType: 'load_days', ...oldDays }),
    create: ({ organizationId, brandId }) => ({ organizationId, brandId, jobType: 'load_days', ...oldDays }),
    cancel: ({ organizationId }) => ({ organizationId, backfillId: nobody }),
    retry: ({ organizationId }) => ({ organizationId, backfillId: nobody }),
  },
  triggers: {
    list: ({ organizationId }) => ({ organizationId }),
    create: ({ organizationId, brandId }) => ({ organizationId, brandId, dataset, jobType: 'scorecard' }),
    update: ({ organizationId }) => ({ organizationId, triggerId: nobody, isPaused: true }),
    remove: ({ organizationId }) => ({ organizationId, triggerId: nobody }),
  },
  hooks: {
    list: ({ organizationId }) => ({ organizationId }),
    create: ({ organizationId, brandId }) => ({ organizationId, brandId, name: 'Loaded', jobType }),
    update: ({ organizationId }) => ({ organizationId, hookId: nobody, enabled: false }),
    renewSecret: ({ organizationId }) => ({ organizationId, hookId: nobody }),
    remove: ({ organizationId }) => ({ organizationId, hookId: nobody }),
    restore: ({ organizationId }) => ({ organizationId, hookId: nobody }),
    deliveries: ({ organizationId, hookId }) => ({ organizationId, hookId }),
  },
  runs: {
    list: ({ organizationId }) => ({ organizationId }),
    summary: ({ organizationId }) => ({ organizationId }),
    get: ({ runId }) => ({ runId }),
    artifact: ({ runId }) => ({ runId, name: 'scorecard.json' }),
    log: ({ runId }) => ({ runId }),
    followLog: ({ runId }) => ({ runId }),
    export: ({ organizationId }) => ({ organizationId, format: 'csv' }),
    cancel: ({ runId }) => ({ runId }),
    rerun: ({ runId }) => ({ runId }),
    resume: ({ runId }) => ({ runId }),
    confirm: ({ runId }) => ({ runId, outcome: 'done' }),
  },
  incidents: {
    list: ({ organizationId }) => ({ organizationId }),
    groups: ({ organizationId }) => ({ organizationId }),
    get: ({ incidentId }) => ({ incidentId }),
    centre: ({ organizationId }) => ({ organizationId }),
    statistics: ({ organizationId, brandId }) => ({ organizationId, brandId }),
    people: ({ organizationId }) => ({ organizationId }),
    acknowledge: ({ organizationId, incidentId }) => ({ organizationId, incidents: [{ id: incidentId }] }),
    unacknowledge: ({ organizationId, incidentId }) => ({ organizationId, incidents: [{ id: incidentId }] }),
    snooze: ({ organizationId, incidentId }) => ({ organizationId, incidents: [{ id: incidentId }], until: null }),
    wake: ({ organizationId, incidentId }) => ({ organizationId, incidents: [{ id: incidentId }] }),
    annotate: ({ organizationId, incidentId }) => ({ organizationId, incidents: [{ id: incidentId }], note: 'Seen.' }),
    mutes: ({ organizationId }) => ({ organizationId }),
    previewMute: ({ organizationId, brandId }) => ({ organizationId, brandId, kind: 'dataset_stale' }),
    mute: ({ organizationId, brandId }) => ({ organizationId, brandId, kind: 'dataset_stale' }),
    unmute: ({ organizationId }) => ({ organizationId, ruleId: nobody }),
  },
  notifications: {
    channels: ({ organizationId }) => ({ organizationId }),
    routes: ({ organizationId }) => ({ organizationId }),
    setRoute: ({ organizationId }) => ({ organizationId, ...route }),
    removeRoute: ({ organizationId }) => ({ organizationId, routeId: nobody }),
    settings: ({ organizationId }) => ({ organizationId }),
    setSettings: ({ organizationId }) => ({ organizationId, kinds, remindEveryMinutes: 60, quietHours: null }),
    test: ({ organizationId }) => ({ organizationId, channel: 'ops_slack' }),
    delivery: ({ deliveryId }) => ({ deliveryId }),
    deliveries: ({ organizationId }) => ({ organizationId }),
  },
  externalRuns: {
    list: ({ organizationId }) => ({ organizationId }),
    summary: ({ organizationId }) => ({ organizationId }),
    get: ({ externalRunId }) => ({ runId: externalRunId }),
  },
  sources: {
    lineage: ({ organizationId }) => ({ organizationId }),
    previewMapping: ({ organizationId }) => ({ organizationId, ...names }),
    setMapping: ({ organizationId, brandId }) => ({ organizationId, brandId, dataset, ...names }),
    removeMapping: ({ organizationId }) => ({ organizationId, mappingId: nobody }),
  },
  ads: {
    performance: ({ brandId }) => ({ brandId }),
    summary: ({ brandId }) => ({ brandId }),
    preview: ({ brandId }) => ({ brandId, adId: '1' }),
  },
  pings: {
    list: ({ organizationId }) => ({ organizationId }),
    save: ({ organizationId, brandId }) => ({ organizationId, brandId, ...check }),
    act: ({ checkId }) => ({ checkId, action: 'pause' }),
    address: ({ checkId }) => ({ checkId }),
    renewAddress: ({ checkId }) => ({ checkId }),
    renewKey: ({ brandId }) => ({ brandId }),
    runs: ({ checkId }) => ({ checkId }),
  },
  embed: { banner: ({ brandId }) => ({ brandId, page: 'ad_performance' }) },
  settings: {
    export: ({ organizationId }) => ({ organizationId }),
    plan: ({ organizationId }) => ({ organizationId, text: emptyDocument }),
    apply: ({ organizationId }) => ({ organizationId, text: emptyDocument, changes: [] }),
  },
  admin: {
    features: () => undefined,
    setFeature: ({ organizationId }) => ({ organizationId, feature: 'PIPELINE_MANAGER', enabled: true }),
    createOrganization: () => ({ name: 'New' }),
    brands: ({ organizationId }) => ({ organizationId }),
    createBrand: ({ organizationId }) => ({ organizationId, name: 'New' }),
    renameBrand: ({ brandId }) => ({ brandId, name: 'Renamed' }),
    archiveBrand: ({ brandId }) => ({ brandId }),
    restoreBrand: ({ brandId }) => ({ brandId }),
    renameGroup: ({ organizationId }) => ({ organizationId, group: 'EMEA', name: 'Europe' }),
    changeGroups: ({ organizationId, brandId }) => ({ organizationId, brandIds: [brandId], add: ['EMEA'] }),
    linkAccount: ({ brandId }) => ({ brandId, accountId: 'act_1' }),
    unlinkAccount: ({ brandId }) => ({ brandId, accountId: 'act_1' }),
    addLibrarySearch: ({ brandId }) => ({ brandId, terms: 'running shoes', countries: ['DE'] }),
    removeLibrarySearch: ({ brandId }) => ({ brandId, searchId: nobody }),
    importBrands: ({ organizationId }) => ({ organizationId, csv: 'brand\nAcme' }),
    actions: ({ organizationId }) => ({ organizationId }),
    tokens: () => undefined,
    revokeToken: () => ({ tokenId: nobody }),
    storage: () => undefined,
  },
}

/** A good input for the call, about these things. */
export function inputFor({ path: [subject = '', name = ''] }: Call, named: Named): unknown {
  // The table above is total over the contract, whose names the path has.
  const bySubject = inputs as unknown as Record<string, Record<string, (named: Named) => unknown>>
  return bySubject[subject]?.[name]?.(named)
}

/** Whether the call is about something of one organization. */
export function namesSomething(call: Call): boolean {
  const marked = {
    organizationId: 'marked',
    brandId: 'marked',
    jobId: 'marked',
    runId: 'marked',
    incidentId: 'marked',
    deliveryId: 'marked',
    hookId: 'marked',
    backfillId: 'marked',
    externalRunId: 'marked',
    checkId: 'marked',
  }
  return JSON.stringify(inputFor(call, marked) ?? null).includes('marked')
}
