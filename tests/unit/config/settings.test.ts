import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type FileSettings,
  type Flags,
  loadSettings,
  type Machine,
  settingDefinitions,
  settingRows,
  settingsMarkdown,
} from '../../../agent/config.ts'
import { Problem } from '../../../shared/errors.ts'
import { problemFrom, valueOrProblem } from '../catalog/problem-of.ts'

const machine: Machine = {
  platform: 'linux',
  homeDirectory: '/home/ops',
  hostName: 'ops-laptop',
  userId: 1000,
  workingDirectory: '/srv/ops',
  environment: {},
}

interface Given {
  flags?: Flags
  environment?: Record<string, string>
  file?: Record<string, unknown>
  machine?: Partial<Machine>
}

function load({ flags = {}, environment = {}, file, machine: changes = {} }: Given) {
  const place = (name: string) => `pm.yaml:2:${name.length}`
  const fileSettings: FileSettings | null = file === undefined ? null : { values: file, directory: '/etc/pm', place }
  return loadSettings({ flags, environment, fileSettings, machine: { ...machine, ...changes, environment } })
}

const messageOf = (given: Given) => problemFrom(() => load(given)).message

describe('settings', () => {
  test('the defaults', () => {
    expect(load({}).settings).toEqual({
      dataDirectory: '/home/ops/.local/share/pipeline-manager',
      databaseUrl: null,
      configFile: null,
      host: '127.0.0.1',
      port: 4180,
      tlsCert: null,
      tlsKey: null,
      behindProxy: false,
      publicHost: null,
      readOnly: false,
      headless: false,
      agentName: 'ops-laptop',
      jobTypes: null,
      concurrency: 10,
      claimBatch: 10,
      flushBatch: 10,
      leaseSeconds: 150,
      renewSeconds: 30,
      trustSeconds: 135,
      pollSeconds: 30,
      shutdownGraceSeconds: 20,
      defaultTimeZone: 'UTC',
      embedOrigins: null,
      metaGraphUrl: 'https://graph.facebook.com/v26.0',
      metricsDatasets: 5_000,
      poolSize: 6,
      keepLogDays: 30,
      keepSuccessfulRunDays: 90,
      keepFailedRunDays: 180,
      keepHistoryDays: 400,
      keepIncidentDays: 400,
      heartbeatUrl: null,
      heartbeatMinutes: 1,
      logLevel: 'info',
    })
  })

  test('flags win over environment, environment over file, file over defaults', () => {
    const file = { port: 8001, concurrency: 2, pool_size: 3 }
    const environment = { PIPELINE_MANAGER_PORT: '8011', PIPELINE_MANAGER_CONCURRENCY: '12' }
    const { settings, origins } = load({ file, environment, flags: { port: '8021' } })
    expect(settings).toMatchObject({ port: 8021, concurrency: 12, poolSize: 3, claimBatch: 10 })
    expect(origins.get('port')).toMatchObject({ kind: 'flag', place: '--port' })
    expect(origins.get('concurrency')).toMatchObject({ kind: 'environment', place: 'PIPELINE_MANAGER_CONCURRENCY' })
    expect(origins.get('poolSize')).toMatchObject({ kind: 'file', place: 'pm.yaml:2:9' })
    expect(origins.get('claimBatch')).toMatchObject({ kind: 'default' })
  })

  test('an empty variable counts as not set', () => {
    expect(load({ environment: { PIPELINE_MANAGER_PORT: '' } }).settings.port).toBe(4180)
  })

  test('text from flags and variables becomes what the setting is', () => {
    const flags = { jobTypes: 'a, b,', headless: true, concurrency: 3 }
    const { settings } = load({ flags, environment: { PIPELINE_MANAGER_POOL_SIZE: ' 7 ' } })
    expect(settings).toMatchObject({ jobTypes: ['a', 'b'], headless: true, concurrency: 3, poolSize: 7 })
    for (const [text, value] of [
      ['yes', true],
      ['0', false],
      ['TRUE', true],
    ] as const) {
      expect(load({ environment: { PIPELINE_MANAGER_HEADLESS: text } }).settings.headless).toBe(value)
    }
  })

  test('relative paths start where they were written: the working directory, or the folder of the file', () => {
    expect(load({ flags: { dataDir: 'data' } }).settings.dataDirectory).toBe('/srv/ops/data')
    expect(load({ environment: { PIPELINE_MANAGER_DATA_DIR: '~/pm' } }).settings.dataDirectory).toBe('/home/ops/pm')
    expect(load({ file: { data_dir: 'data' } }).settings.dataDirectory).toBe('/etc/pm/data')
  })
})

describe('the data folder follows the convention of the platform', () => {
  test.each<[string, Partial<Machine>, Record<string, string>, string]>([
    ['linux', {}, {}, '/home/ops/.local/share/pipeline-manager'],
    ['linux with XDG_DATA_HOME', {}, { XDG_DATA_HOME: '/data' }, '/data/pipeline-manager'],
    ['linux with a relative XDG_DATA_HOME', {}, { XDG_DATA_HOME: 'd' }, '/home/ops/.local/share/pipeline-manager'],
    ['root', { userId: 0 }, { XDG_DATA_HOME: '/data' }, '/var/lib/pipeline-manager'],
    ['macOS', { platform: 'darwin' }, {}, '/home/ops/Library/Application Support/Pipeline Manager'],
    ['Windows', { platform: 'win32', userId: null }, { LOCALAPPDATA: 'C:\\L' }, 'C:\\L\\Pipeline Manager'],
  ])('%s', (_name, changes, environment, folder) => {
    expect(load({ machine: changes, environment }).settings.dataDirectory).toBe(folder)
  })
})

describe('a wrong setting names itself, its value, where it came from and the fix', () => {
  test.each<[Given, string]>([
    [{ flags: { port: '4190' } }, 'port must be one that browsers do not refuse to open; got 4190 (from --port).'],
    [{ flags: { port: '70000' } }, 'port must be at most 65535; got 70000 (from --port). Write 65535 or less.'],
    [
      { environment: { PIPELINE_MANAGER_PORT: '0x10' } },
      'port must be a whole number; got "0x10" (from PIPELINE_MANAGER_PORT). Write a whole number.',
    ],
    [{ file: { port: '4180' } }, 'port must be a number; got "4180" (from pm.yaml:2:4). Write it without quotes.'],
    [{ file: { concurrency: 1.5 } }, 'concurrency must be a whole number; got 1.5'],
    [{ flags: { concurrency: '0' } }, 'concurrency must be at least 1; got 0 (from --concurrency)'],
    [{ flags: { concurrency: '1001' } }, 'concurrency must be at most 1000; got 1001'],
    [{ flags: { claimBatch: '5' } }, 'claim_batch must be 1, 10 or 100; got 5 (from --claim-batch)'],
    [{ flags: { flushBatch: '1' } }, 'flush_batch must be 10 or 100; got 1'],
    [
      { flags: { headless: 'maybe' } },
      'headless must be true or false; got "maybe" (from --headless). Write true or false.',
    ],
    [
      { flags: { logLevel: 'wran' } },
      'log_level must be debug, info, warn or error; got "wran" (from --log-level). Did you mean "warn"?',
    ],
    [{ flags: { agentName: 'a\u0007b' } }, 'agent_name contains a control character'],
    [{ flags: { dataDir: ' ' } }, 'data_dir must be at least 1 characters long'],
    [{ flags: { jobTypes: 'Load' } }, 'job_types.0 must be a job type; got "Load" (from --job-types)'],
    [
      { flags: { defaultTimeZone: 'Europe/Kyivv' } },
      'default_time_zone is not a time zone: There is no time zone "Europe/Kyivv"',
    ],
    [{ flags: { defaultTimeZone: '+03:00' } }, 'is an offset, not a place'],
    [{ flags: { defaultTimeZone: 'local' } }, 'There is no time zone "local"'],
    [{ file: { prot: 1 } }, 'prot is not a setting (from pm.yaml:2:4). Did you mean "port"?'],
    [{ file: { config: 'x' } }, 'config cannot be set in the file itself (from pm.yaml:2:6). Use --config.'],
    [
      { flags: { leaseSeconds: '100' } },
      'trust_seconds must be less than lease_seconds; got 135 (from default) and 100 (from --lease-seconds)',
    ],
    [
      { flags: { renewSeconds: '135' } },
      'renew_seconds must be less than trust_seconds; got 135 (from --renew-seconds) and 135 (from default)',
    ],
  ])('%o', (given, said) => {
    expect(messageOf(given)).toContain(said)
  })

  test('the address of the heartbeat is a secret: neither a mistake nor the table shows it', () => {
    const flags = { heartbeatUrl: 'https://hc-ping.com/canary-1' }
    expect(load({ flags }).settings.heartbeatUrl).toBe(flags.heartbeatUrl)
    const row = settingRows(load({ flags })).find(({ name }) => name === 'heartbeat_url')
    expect(row).toMatchObject({ value: 'https://hc-ping.com/***' })
    for (const wrong of ['ftp://hc-ping.com/canary-1', 'https://u:canary-1@hc-ping.com/', 'canary-1']) {
      const message = messageOf({ flags: { heartbeatUrl: wrong } })
      expect(message).toContain('heartbeat_url must be an http or https address without a login')
      expect(message).not.toContain('canary')
    }
  })

  test('a port that browsers do not open is no mistake behind a proxy', () => {
    expect(load({ flags: { port: '10080', behindProxy: 'true' } }).settings.port).toBe(10_080)
    expect(messageOf({ flags: { port: '10080' } })).toContain('port must be one that browsers do not refuse to open')
  })

  test('all of them at once', () => {
    const problem = problemFrom(() => load({ flags: { port: 'x' }, environment: { PIPELINE_MANAGER_POOL_SIZE: '1' } }))
    expect(problem.code).toBe('invalid_configuration')
    expect(problem.message.split('\n').map((line) => line.split(' ')[0])).toEqual(['port', 'pool_size'])
    expect(problem).toMatchObject({ field: 'port', value: 'x' })
  })

  test('a variable that nothing reads is a warning with what was probably meant', () => {
    const { warnings } = load({ environment: { PIPELINE_MANAGER_CONCURENCY: '3', OTHER: 'x' } })
    expect(warnings).toEqual([
      'The environment variable PIPELINE_MANAGER_CONCURENCY is not a setting and is not read. ' +
        'Did you mean PIPELINE_MANAGER_CONCURRENCY?',
    ])
  })

  test('whatever a variable holds, the port is one or a Problem says why not', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.integer().map(String)), (text) => {
        const result = valueOrProblem(() => load({ environment: { PIPELINE_MANAGER_PORT: text } }).settings)
        const port = result instanceof Problem ? 0 : result.port
        expect(Number.isInteger(port) && port >= 0 && port <= 65_535).toBe(true)
      }),
    )
  })
})

describe('one table', () => {
  test('every setting has its own name, flag and variable, and a description', () => {
    const all = Object.values(settingDefinitions)
    for (const key of ['name', 'flag', 'environment'] as const) {
      expect(new Set(all.map((definition) => definition[key])).size).toBe(all.length)
    }
    for (const definition of all) expect(definition.description).toMatch(/\.$/)
  })

  test('doctor --settings shows value, origin and unit, and no password', () => {
    const rows = settingRows(load({ flags: { databaseUrl: 'postgres://ops:hunter2@db.example/pm' } }))
    expect(rows.find((row) => row.name === 'database_url')).toMatchObject({
      value: 'postgres://ops:***@db.example/pm',
      origin: 'flag --database-url',
    })
    expect(rows.find((row) => row.name === 'lease_seconds')).toMatchObject({
      flag: '--lease-seconds',
      environment: 'PIPELINE_MANAGER_LEASE_SECONDS',
      value: '150',
      unit: 's',
      origin: 'default',
    })
    expect(JSON.stringify(rows)).not.toContain('hunter2')
  })

  test('the Markdown table has a line for each', () => {
    const lines = settingsMarkdown().split('\n')
    expect(lines).toHaveLength(Object.keys(settingDefinitions).length + 2)
    expect(lines).toContain(
      '| `port` | `--port` | `PIPELINE_MANAGER_PORT` | 4180 | Port of the console and the HTTP API; 0 takes a free one. Unnamed and taken, the next free one; not with `public_host`, `tls_cert` or `behind_proxy`. |',
    )
  })
})
