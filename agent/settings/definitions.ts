import { z } from 'zod'
import { logLevels } from '../../shared/domain.ts'
import { defaultAgentName, defaultDataDirectory, type Machine } from './machine.ts'
import { databaseUrl, days, graphUrl, heartbeatUrl, plainText, seconds, timeZone } from './setting-schemas.ts'

/** How text from a flag or a variable becomes a value; the schema still has the last word. */
export type SettingKind = 'text' | 'path' | 'url' | 'secret_url' | 'integer' | 'boolean' | 'list'

export interface SettingDefinition<Value = unknown> {
  /** Name in the `settings:` part of the file. */
  readonly name: string
  readonly flag: string
  readonly environment: string
  readonly kind: SettingKind
  /** Unit of the number, null where there is none. */
  readonly unit: string | null
  readonly description: string
  readonly schema: z.ZodType<Value>
  readonly default: (machine: Machine) => Value
  /** The default in words, for documents that are the same on every machine. */
  readonly defaultText: string
}

type Given<Value> = Omit<SettingDefinition<Value>, 'flag' | 'environment' | 'unit' | 'default' | 'defaultText'> & {
  readonly unit?: string
  readonly default: Value | ((machine: Machine) => Value)
  readonly defaultText?: string
}

function define<Value extends string | number | boolean | readonly string[] | null>(
  given: Given<Value>,
): SettingDefinition<Value> {
  const { default: usual } = given
  return {
    ...given,
    flag: `--${given.name.replaceAll('_', '-')}`,
    environment: `PIPELINE_MANAGER_${given.name.toUpperCase()}`,
    unit: given.unit ?? null,
    default: typeof usual === 'function' ? usual : () => usual,
    defaultText: given.defaultText ?? String(usual),
  }
}

/**
 * Every setting, once: the schema, the flags, `doctor --settings` and the table in the README come from here.
 * A setting is added by adding an entry.
 */
export const settingDefinitions = {
  dataDirectory: define<string>({
    name: 'data_dir',
    kind: 'path',
    description: 'Folder of the embedded database, caches and logs.',
    schema: plainText,
    default: defaultDataDirectory,
    defaultText: "the platform's data folder; /var/lib/pipeline-manager for root",
  }),
  databaseUrl: define<string | null>({
    name: 'database_url',
    kind: 'url',
    description: 'Connection string of your own Postgres 14 or newer. Without one, the embedded server is used.',
    schema: databaseUrl.nullable(),
    default: null,
    defaultText: 'none: embedded server',
  }),
  configFile: define<string | null>({
    name: 'config',
    kind: 'path',
    description: 'The pipeline-manager.yaml with the catalog and, under `settings:`, these settings.',
    schema: plainText.nullable(),
    default: null,
    defaultText: 'none: the built-in catalog',
  }),
  host: define<string>({
    name: 'host',
    kind: 'text',
    description:
      'Address to listen on. Anything but loopback needs `tls_cert` and `tls_key`, or `behind_proxy`; and `public_host`.',
    schema: plainText.max(253),
    default: '127.0.0.1',
  }),
  port: define<number>({
    name: 'port',
    kind: 'integer',
    description:
      'Port of the console and the HTTP API; 0 takes a free one. Unnamed and taken, the next free one; not with `public_host`, `tls_cert` or `behind_proxy`.',
    schema: z.int().min(0).max(65_535),
    default: 4180,
  }),
  tlsCert: define<string | null>({
    name: 'tls_cert',
    kind: 'path',
    description: 'PEM file with the certificate chain; with `tls_key` the server speaks HTTPS.',
    schema: plainText.nullable(),
    default: null,
    defaultText: 'none: plain HTTP',
  }),
  tlsKey: define<string | null>({
    name: 'tls_key',
    kind: 'path',
    description: 'PEM file with the private key of `tls_cert`.',
    schema: plainText.nullable(),
    default: null,
    defaultText: 'none: plain HTTP',
  }),
  behindProxy: define<boolean>({
    name: 'behind_proxy',
    kind: 'boolean',
    description: 'A proxy in front of this agent speaks HTTPS for it, as `public_host`, and sets X-Forwarded-For.',
    schema: z.boolean(),
    default: false,
  }),
  publicHost: define<string | null>({
    name: 'public_host',
    kind: 'text',
    description: 'Name under which other machines reach this agent, `ops.example.com` or with a port.',
    schema: z
      .string()
      .trim()
      .toLowerCase()
      .max(260)
      .regex(/^([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(:\d{1,5})?$/, {
        error: 'Must be a host, without https:// and path',
      })
      .nullable(),
    default: null,
    defaultText: 'none: this machine alone',
  }),
  embedOrigins: define<readonly string[] | null>({
    name: 'embed_origins',
    kind: 'list',
    description:
      'Origins whose pages may show the readiness banner in a frame, separated by commas: `https://reports.example.com`.',
    schema: z
      .array(
        z
          .string()
          .trim()
          .toLowerCase()
          .max(300)
          .regex(/^https?:\/\/((\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(:(\d{1,5}|\*))?$/, {
            error: 'Must be an origin, `https://reports.example.com`, without a path',
          }),
      )
      .min(1)
      .max(50)
      .nullable(),
    default: null,
    defaultText: 'none: only pages of this agent',
  }),
  readOnly: define<boolean>({
    name: 'read_only',
    kind: 'boolean',
    description: 'The console and the HTTP API of this agent change nothing; its own work goes on.',
    schema: z.boolean(),
    default: false,
  }),
  headless: define<boolean>({
    name: 'headless',
    kind: 'boolean',
    description: 'Run without window and live status, for servers.',
    schema: z.boolean(),
    default: false,
  }),
  agentName: define<string>({
    name: 'agent_name',
    kind: 'text',
    description: 'Name of this agent in the console.',
    schema: plainText.max(63),
    default: defaultAgentName,
    defaultText: 'host name',
  }),
  jobTypes: define<readonly string[] | null>({
    name: 'job_types',
    kind: 'list',
    description: 'Job types this agent may claim, separated by commas.',
    schema: z
      .array(z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, { error: 'Must be a job type' }))
      .min(1)
      .nullable(),
    default: null,
    defaultText: 'all that the catalog lets it run',
  }),
  concurrency: define<number>({
    name: 'concurrency',
    kind: 'integer',
    unit: 'runs',
    description: 'Runs at the same time.',
    schema: z.int().min(1).max(1_000),
    default: 10,
  }),
  claimBatch: define<number>({
    name: 'claim_batch',
    kind: 'integer',
    unit: 'jobs',
    description: 'Jobs claimed by one statement at most: 1, 10 or 100.',
    schema: z.literal([1, 10, 100]),
    default: 10,
  }),
  flushBatch: define<number>({
    name: 'flush_batch',
    kind: 'integer',
    unit: 'results',
    description: 'Results written by one statement at most: 10 or 100.',
    schema: z.literal([10, 100]),
    default: 10,
  }),
  leaseSeconds: define<number>({
    name: 'lease_seconds',
    kind: 'integer',
    unit: 's',
    description: 'How long a claim holds without being renewed (J3).',
    schema: seconds(3, 86_400),
    default: 150,
  }),
  renewSeconds: define<number>({
    name: 'renew_seconds',
    kind: 'integer',
    unit: 's',
    description: 'How often a claim is renewed.',
    schema: seconds(1, 3_600),
    default: 30,
  }),
  trustSeconds: define<number>({
    name: 'trust_seconds',
    kind: 'integer',
    unit: 's',
    description: 'How long this agent itself believes in a claim that it could not renew; then it stops the run.',
    schema: seconds(2, 86_399),
    default: 135,
  }),
  pollSeconds: define<number>({
    name: 'poll_seconds',
    kind: 'integer',
    unit: 's',
    description: 'How often to look for due jobs when nothing wakes the agent (J1).',
    schema: seconds(1, 60),
    default: 30,
  }),
  shutdownGraceSeconds: define<number>({
    name: 'shutdown_grace_seconds',
    kind: 'integer',
    unit: 's',
    description: 'How long running work may finish on shutdown before it is stopped and given back (J4).',
    schema: seconds(0, 3_600),
    default: 20,
  }),
  defaultTimeZone: define<string>({
    name: 'default_time_zone',
    kind: 'text',
    description: 'IANA zone of new schedules that name none. The zone of the machine is never taken silently.',
    schema: timeZone,
    default: 'UTC',
  }),
  metaGraphUrl: define<string>({
    name: 'meta_graph_url',
    kind: 'text',
    description: "Address of Meta's Graph API, with its version.",
    schema: graphUrl,
    default: 'https://graph.facebook.com/v26.0',
  }),
  poolSize: define<number>({
    name: 'pool_size',
    kind: 'integer',
    unit: 'connections',
    description: 'Database connections of the scheduler at most; reading, listening and leading take up to eight more.',
    schema: z.int().min(2).max(100),
    default: 6,
  }),
  keepLogDays: define<number>({
    name: 'keep_log_days',
    kind: 'integer',
    unit: 'days',
    description: 'How long the log of a run is kept. Of all `keep_…` settings, those of the agent that leads count.',
    schema: days(1),
    default: 30,
  }),
  keepSuccessfulRunDays: define<number>({
    name: 'keep_successful_run_days',
    kind: 'integer',
    unit: 'days',
    description: 'How long runs that completed are kept; the last run of a job always is.',
    schema: days(1),
    default: 90,
  }),
  keepFailedRunDays: define<number>({
    name: 'keep_failed_run_days',
    kind: 'integer',
    unit: 'days',
    description: 'How long runs that failed or were cancelled are kept.',
    schema: days(1),
    default: 180,
  }),
  keepHistoryDays: define<number>({
    name: 'keep_history_days',
    kind: 'integer',
    unit: 'days',
    description: 'How long the results of datasets are kept, from which their charts are made; 30 at least.',
    schema: days(30),
    default: 400,
  }),
  keepIncidentDays: define<number>({
    name: 'keep_incident_days',
    kind: 'integer',
    unit: 'days',
    description: 'How long resolved incidents are kept, and what was told, but for what is open.',
    schema: days(1),
    default: 400,
  }),
  metricsDatasets: define<number>({
    name: 'metrics_datasets',
    kind: 'integer',
    description:
      'Datasets that `/metrics` and `/cctray.xml` list, the worst first; of more, `/metrics` has the counts.',
    schema: z.int().min(0).max(100_000),
    default: 5_000,
  }),
  heartbeatUrl: define<string | null>({
    name: 'heartbeat_url',
    kind: 'secret_url',
    description:
      'Secret address that is asked for while all is well, so that a service elsewhere (Healthchecks, say) can tell when it is not. Its host has to be in `http.allow_hosts`.',
    schema: heartbeatUrl.nullable(),
    default: null,
    defaultText: 'none',
  }),
  heartbeatMinutes: define<number>({
    name: 'heartbeat_minutes',
    kind: 'integer',
    unit: 'minutes',
    description: 'Between two heartbeats.',
    schema: z.int().min(1).max(1_440),
    default: 1,
  }),
  logLevel: define<(typeof logLevels)[number]>({
    name: 'log_level',
    kind: 'text',
    description: `Least important messages that are logged: ${logLevels.join(', ')}.`,
    schema: z.enum(logLevels),
    default: 'info',
  }),
}

export type SettingKey = keyof typeof settingDefinitions

/** All settings, checked. Durations are in the unit their name says. */
export type Settings = {
  readonly [Key in SettingKey]: ReturnType<(typeof settingDefinitions)[Key]['default']>
}

export const settingKeys = Object.keys(settingDefinitions).filter(isSettingKey)

function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(settingDefinitions, key)
}
