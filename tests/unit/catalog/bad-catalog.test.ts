import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { catalogOf } from '../../../agent/jobs/catalog/load-catalog.ts'
import { parseCatalog } from '../../../agent/jobs/catalog/parse-catalog.ts'
import { Problem } from '../../../shared/errors.ts'
import { problemFrom, valueOrProblem } from './problem-of.ts'

const bomb = [
  'a0: &a0 [x, x, x, x, x, x, x, x, x]',
  ...Array.from(
    { length: 12 },
    (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(', ')}]`,
  ),
].join('\n')

/** Text → what the message must say; the place first. */
const unreadable: [rule: string, text: string, said: string][] = [
  [
    'bad input 15: duplicate keys',
    'datasets:\n  a: { label: A }\n  a: { label: B }\n',
    'pm.yaml:3:3: This key is there twice',
  ],
  ['bad input 19: 20,000 levels of lists', `datasets: ${'['.repeat(20_000)}`, 'nested too deeply'],
  ['bad input 19: 40 levels', `datasets: ${'['.repeat(40)}${']'.repeat(40)}`, 'deeper than 32 levels'],
  ['bad input 19: more than 1 MB', `# ${'x'.repeat(1024 * 1024)}`, 'at most 1048576 are read'],
  ['bad input 19: an alias bomb', bomb, 'Excessive alias count'],
  ['bad input 19: an alias of itself', 'datasets: &a [*a]', 'deeper than 32 levels'],
  [
    'bad input 21: __proto__',
    'datasets:\n  __proto__: { label: A }\n',
    'pm.yaml:2:3: datasets.__proto__ is a name that is not allowed',
  ],
  ['bad input 13: NUL', 'datasets:\n  a: { label: "a\\0b" }', 'pm.yaml:2:8: datasets.a.label contains a NUL'],
  ['bad input 14: a lone surrogate', 'datasets:\n  a: { label: "\\ud800" }', 'half of a surrogate pair'],
  [
    'bad input 16: infinity',
    'datasets:\n  a: { label: A, max_age_hours: .inf }',
    'must be a finite number; got Infinity',
  ],
  [
    'bad input 16: not a number',
    'datasets:\n  a: { label: A, max_age_hours: .nan }',
    'must be a finite number; got NaN',
  ],
  [
    'bad input 17: a number that would change',
    'settings: { port: 9007199254740993 }',
    'Write long identifiers as text',
  ],
  ['bad input 18: 1e400', 'settings: { port: 1e400 }', 'must be a finite number'],
  ['a tab', 'datasets:\n\ta: 1', 'pm.yaml:2:1: A tab is used to indent'],
  ['an open quote', 'extends: "none', 'pm.yaml:1:'],
  ['two documents', 'extends: none\n---\nextends: none', 'A second document starts here'],
  ['a tag', 'extends: !!binary bm9uZQ==', 'Remove the tag'],
  ['an alias before its anchor', 'extends: *later', 'Unresolved alias'],
  ['a key that is a list', '? [a, b]\n: c', 'all keys must be strings'],
  ['a list instead of a mapping', '- a', 'pm.yaml: must be a mapping'],
]

const job = (fields: string) => `job_types:\n  load:\n    label: Load\n    ${fields}\n`
const step = (fields: string) => job(`steps: [{ key: a, ${fields} }]`)

const wrong: [rule: string, text: string, said: string][] = [
  [
    'bad input 22: an unknown section',
    'conections: {}',
    'pm.yaml:1:1: conections is not a known field. Did you mean "connections"?',
  ],
  [
    'bad input 22: an unknown field',
    'datasets:\n  a: { labl: A }',
    'pm.yaml:2:8: datasets.a.labl is not a known field. Did you mean "label"?',
  ],
  [
    'a due time of no day',
    'datasets:\n  a: { label: A, due: workdays 09:00 UTC }',
    'datasets.a.due "workdays" is no day. Use mon, tue',
  ],
  [
    'bad input 22: an unknown field of a run',
    step('run: { command: [x], shell: true }'),
    'steps.0.run.shell is not a known field',
  ],
  [
    'bad input 23: a quoted boolean',
    'datasets:\n  a: { label: A, never_zero: "false" }',
    'must be true or false; got "false". Write it without quotes.',
  ],
  [
    'bad input 23: a quoted number',
    job('timeout_minutes: "20"'),
    'timeout_minutes must be a number; got "20". Write it without quotes.',
  ],
  [
    'bad input 24: a negative age',
    'datasets:\n  a: { label: A, max_age_hours: -1 }',
    'max_age_hours must be at least 1; got -1',
  ],
  ['bad input 25: an endless age', 'datasets:\n  a: { label: A, max_age_hours: 1.0e18 }', 'max_age_hours'],
  [
    'bad input 25: more than ten years',
    'datasets:\n  a: { label: A, max_age_hours: 87601 }',
    'must be at most 87600; got 87601',
  ],
  ['bad input 37: a direction override', 'datasets:\n  a: { label: "a\\u202eb" }', 'invisible control character'],
  [
    'a name in capitals',
    'datasets:\n  Orders: { label: A }',
    'pm.yaml:2:3: datasets.Orders is not a name that can be used',
  ],
  ['a name of 64 letters', `datasets:\n  ${'a'.repeat(64)}: { label: A }`, 'is not a name that can be used'],
  [
    'a wrong preset',
    'extends: marketting',
    'extends must be marketing or none; got "marketting". Did you mean "marketing"?',
  ],
  ['a timeout of 0', job('timeout_minutes: 0'), 'timeout_minutes must be at least 1; got 0'],
  ['a timeout of two days', job('timeout_minutes: 2880'), 'must be at most 1440; got 2880'],
  ['a run without a kind', step('run: { bash: rm }'), 'must have one of the keys command, http, sql, builtin'],
  ['a run with two kinds', step('run: { command: [x], sql: select }'), 'has more than one kind: command, sql'],
  ['a command as one text', step('run: { command: "rm -rf" }'), 'run.command must be a list; got "rm -rf"'],
  ['a step without a key', job('steps: [{ fatal: true }]'), 'steps.0.key is missing'],
  ['no steps', job('steps: []'), 'steps must have at least 1 entries'],
  [
    'a secret instead of its name',
    'credentials:\n  a: { header: X, value_env: "Bearer x" }',
    'must be the name of an environment variable',
  ],
  ['a host with a scheme', 'http: { allow_hosts: ["https://a.example"] }', 'without https://'],
  [
    'settings that are text',
    'settings: "postgres://u:hunter2@h/d"',
    'settings must be a mapping; got "postgres://***@h/d"',
  ],
]

describe('what stands where the name of a secret belongs', () => {
  const canary = 'Bearer canary-7f3a91'
  const channel = (text: string) => `notifications: { channels: { c: ${text} } }`
  test.each([
    ['value_env', `credentials: { a: { header: X, value_env: "${canary}" } }`],
    ['value_env, a mapping', `credentials: { a: { header: X, value_env: { TOKEN: "${canary}" } } }`],
    ['a credential', `credentials: { a: "${canary}" }`],
    ['url_env of a connection', `connections: { w: { url_env: "host=db password=${canary}" } }`],
    ['a connection', `connections: { w: "host=db password=${canary}" }`],
    ['secrets', job(`secrets: ["${canary}"]`)],
    ['secrets, a mapping', job(`secrets: { TOKEN: "${canary}" }`)],
    ['env of a command', step(`run: { command: [x], env: ["TOKEN=${canary}"] }`)],
    ['env of a command, a mapping', step(`run: { command: [x], env: { TOKEN: "${canary}" } }`)],
    ['an _env of a built-in', step(`run: { builtin: noop, with: { token_env: "${canary}" } }`)],
    ['url_env of Slack', channel(`{ slack: { url_env: "https://hooks.example.com/${canary}" } }`)],
    ['Slack', channel(`{ slack: "https://hooks.example.com/${canary}" }`)],
    ['a channel', channel(`"https://hooks.example.com/${canary}"`)],
    ['secret_env of a webhook', channel(`{ webhook: { url_env: A, secret_env: "${canary}" } }`)],
    ['smtp_url_env', channel(`{ email: { smtp_url_env: "${canary}", from: a@example.com, to: [b@example.com] } }`)],
  ])('is in no message and no value: %s', (_where, text) => {
    const { message, value } = problemFrom(() => catalogOf(parseCatalog(text, 'pm.yaml')))
    expect(message).toMatch(/must (be|have)/)
    expect(JSON.stringify([message, value ?? null])).not.toContain('canary')
  })
})

const run = 'run: { command: [x] }'
const dangling: [rule: string, text: string, said: string][] = [
  ['a dataset that is not there', step(`dataset: meta_ads_performanc, ${run}`), 'Did you mean "meta_ads_performance"?'],
  ['a new dataset without a label', 'datasets:\n  a: {}', 'datasets.a.label is missing'],
  ['a new job type without steps', 'job_types:\n  a: { label: A }', 'job_types.a.steps is missing'],
  [
    'two steps with one key',
    job(`steps: [{ key: a, ${run} }, { key: a, ${run} }]`),
    'steps.1.key is there twice; got "a"',
  ],
  [
    'a connection that is not there',
    step('run: { sql: select 1, connection: w }'),
    'names no connection there is; got "w"',
  ],
  [
    'a credential that is not there',
    `${step('run: { http: { url: "https://a.example/", credential: c } }')}http: { allow_hosts: [a.example] }`,
    'names no credential there is; got "c"',
  ],
  [
    'a host that is not allowed',
    step('run: { http: { url: "https://evil.example/x" } }'),
    'goes to "evil.example", which is not in http.allow_hosts',
  ],
  [
    'a port that is not allowed',
    `${step('run: { http: { url: "https://a.example:8443/" } }')}http: { allow_hosts: [a.example] }`,
    'goes to "a.example:8443"',
  ],
  [
    'a template without its parameter',
    step('run: { command: [x, "{{ parameters.days }}"] }'),
    'has no parameter "days"',
  ],
  [
    'a template of no root',
    step('run: { command: [x, "{{ parameter.days }}"] }'),
    'uses {{ parameter.days }}, which names nothing in a run. Templates know parameters.…, run.id, run.first_id, run.job_type',
  ],
  [
    'a template of a run that has it not',
    step('run: { command: [x, "{{ run.brand }}"] }'),
    'uses {{ run.brand }}, which',
  ],
  [
    'a template of SQL in quotes',
    step(`run: { sql: "select '{{ run.brand_id }}'", connection: agent }`),
    `run.sql would fail every run: remove the quotes around '{{ run.brand_id }}'`,
  ],
  [
    'a template of SQL that names nothing',
    step('run: { sql: "select {{ brand_id }}", connection: agent }'),
    'uses {{ brand_id }}, which names nothing in a run',
  ],
  [
    'a template of a probe in quotes',
    `datasets:\n  a: { label: A, probe: { connection: agent, every_minutes: 5, sql: "select '{{ run.brand_id }}' as latest" } }`,
    'probe.sql would fail every run',
  ],
  ['a built-in step that is not there', step('run: { builtin: meta_insight }'), 'Did you mean "meta_insights"?'],
  [
    'run_step: a job type that is not there',
    step('run: { builtin: run_step, with: { job_type: lod, step: a } }'),
    'run.with.job_type names no job type there is; got "lod". Did you mean "load"?',
  ],
  [
    'run_step: a step that is not there',
    step('run: { builtin: run_step, with: { job_type: load, step: b } }'),
    'run.with.step names no step of load there is; got "b"',
  ],
  [
    'require_ready: a page that is not there',
    step('run: { builtin: require_ready, with: { page: shop } }'),
    'run.with.page names no page there is; got "shop"',
  ],
  ['when: a parameter that is not there', step(`when: fast, ${run}`), 'names no parameter there is; got "fast"'],
  [
    'when: a parameter that is a number',
    job(`parameters: { type: object, properties: { n: { type: integer } } }\n    steps: [{ key: a, when: n, ${run} }]`),
    'must name a true/false parameter',
  ],
  [
    'bad input 5: a cadence out of range',
    job(`cadence: { cron: "61 * * * *" }\n    steps: [{ key: a, ${run} }]`),
    'cadence.cron is not valid',
  ],
  [
    'bad input 10: a zone with a typo',
    job(`cadence: { cron: "1 * * * *", time_zone: Europe/Kyivv }\n    steps: [{ key: a, ${run} }]`),
    'cadence.time_zone is not valid',
  ],
  [
    'a schema of an unknown type',
    job(`parameters: { type: object, properties: { n: { type: integr } } }\n    steps: [{ key: a, ${run} }]`),
    'pm.yaml:4:52: job_types.load.parameters.properties.n.type must be one of',
  ],
  [
    'a schema with an unknown keyword',
    job(
      `parameters: { type: object, properties: { n: { type: integer, minimun: 1 } } }\n    steps: [{ key: a, ${run} }]`,
    ),
    'unknown keyword: "minimun"',
  ],
  [
    'a schema that is not of an object',
    job(`parameters: { type: array }\n    steps: [{ key: a, ${run} }]`),
    'parameters.type must be "object"',
  ],
  [
    'a schema that leads elsewhere',
    job(
      `parameters: { type: object, properties: { n: { $ref: "https://evil.example/s" } } }\n    steps: [{ key: a, ${run} }]`,
    ),
    "can't resolve reference",
  ],
  [
    'a default that its schema refuses',
    job(
      `parameters: { type: object, properties: { n: { type: integer, maximum: 3, default: 9 } } }\n    steps: [{ key: a, ${run} }]`,
    ),
    'properties.n.default must be at most 3; got 9',
  ],
  [
    'a page about a dataset that is not there',
    'pages:\n  p: { label: P, requires: [{ dataset: nope, max_age_hours: 1, fix: { job_type: scorecard } }] }',
    'names no dataset there is; got "nope"',
  ],
  [
    'a fix that is not there',
    'pages:\n  p: { label: P, requires: [{ dataset: scorecard, max_age_hours: 1, fix: { job_type: scorecrd } }] }',
    'Did you mean "scorecard"?',
  ],
  [
    'a fix with wrong parameters',
    'pages:\n  p: { label: P, requires: [{ dataset: scorecard, max_age_hours: 1, fix: { job_type: meta_sync, parameters: { days_back: 91 } } }] }',
    'fix.parameters.days_back must be at most 90; got 91',
  ],
  [
    'a preset page whose fix the file breaks',
    'job_types:\n  meta_sync: { parameters: { type: object, properties: { auto_classify: { type: boolean } } } }',
    'pages.ad_performance.requires.0.fix.parameters.days_back is not a known parameter',
  ],
]

describe('a catalog file that is wrong is refused, and the message names the place, the value and the fix', () => {
  test.each([...unreadable, ...wrong])('%s', (_rule, text, said) => {
    const problem = problemFrom(() => parseCatalog(text, 'pm.yaml'))
    expect(problem.code).toBe('invalid_catalog')
    expect(problem.message).toContain(said)
    expect(problem.message).toContain('pm.yaml')
  })

  test.each(dangling)('%s', (_rule, text, said) => {
    const problem = problemFrom(() => catalogOf(parseCatalog(text, 'pm.yaml')))
    expect(problem.code).toBe('invalid_catalog')
    expect(problem.message).toContain(said)
  })

  test('all faults of a file come in one message, at most 20 of them', () => {
    const text = `datasets:\n${Array.from({ length: 25 }, (_, index) => `  d${index}: { label: 1 }`).join('\n')}`
    const lines = problemFrom(() => parseCatalog(text, 'pm.yaml')).message.split('\n')
    expect(lines).toHaveLength(21)
    expect(lines[0]).toBe('pm.yaml:2:9: datasets.d0.label must be text; got 1. Put it in quotes.')
    expect(lines[20]).toBe('… and 5 more')
  })

  test('the first fault is there as field, value and fix', () => {
    const problem = problemFrom(() => parseCatalog(job('timeout_minutes: 2880'), 'pm.yaml'))
    expect(problem).toMatchObject({ field: 'job_types.load.timeout_minutes', value: 2880, fix: 'Write 1440 or less.' })
  })

  test('no text makes the reader throw anything but a Problem', () => {
    const pieces = fc.constantFrom(
      'extends',
      ': ',
      '- ',
      '\n',
      '  ',
      '{',
      '}',
      '[',
      ']',
      '&a ',
      '*a',
      '"',
      "'",
      '!x ',
      '? ',
      '|',
      '>',
      '#',
      '%',
      'none',
      '\t',
      '\u0000',
      '<<',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((parts) => parts.join('')),
        ),
        (text) => {
          const result = valueOrProblem(() => catalogOf(parseCatalog(text, 'pm.yaml')))
          expect(result instanceof Problem ? result.message : result.datasets.size).toBeTruthy()
        },
      ),
      { numRuns: 300 },
    )
  })
})
