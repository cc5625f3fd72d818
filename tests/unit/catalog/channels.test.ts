import { describe, expect, test } from 'vitest'
import { openChannels, publicChannels } from '../../../agent/incidents/open-channels.ts'
import { catalogOf } from '../../../agent/jobs/catalog/load-catalog.ts'
import { parseCatalog } from '../../../agent/jobs/catalog/parse-catalog.ts'
import { publicCatalog } from '../../../agent/jobs/catalog/public-catalog.ts'
import { testPlace } from '../../support/messages.ts'
import { problemFrom } from './problem-of.ts'

const example = `
extends: none
notifications:
  channels:
    ops_slack: { slack: { url_env: SLACK_URL } }
    pager: { webhook: { url_env: PAGER_URL, secret_env: PAGER_SECRET } }
    mail: { email: { smtp_url_env: SMTP_URL, from: pipelines@example.com, to: [ops@example.com] } }
    local: { command: [sh, "-c", "cat > last.json"], env: [OPS_TOKEN], timeout_seconds: 5 }
http: { allow_hosts: [hooks.slack.com, pager.example.com] }
`
const read = (text: string) => catalogOf(parseCatalog(text, 'pm.yaml'))
const environment = {
  PATH: process.env['PATH'] ?? '',
  SLACK_URL: 'https://hooks.slack.com/services/T0/B0/canary-slack-token',
  PAGER_URL: 'https://pager.example.com/hook',
  PAGER_SECRET: 'canary-secret-of-the-pager',
  SMTP_URL: 'smtps://user:canary-password@mail.example.com',
  OPS_TOKEN: 'canary-token',
}

describe('channels of the catalog file', () => {
  test('by example: each is opened with what the environment has, and published by name and type alone', () => {
    const catalog = read(example)
    const { channels, warnings } = openChannels({ catalog, ...testPlace(environment).place })
    expect(warnings).toEqual([])
    expect(publicChannels(channels)).toEqual({
      ops_slack: { type: 'slack' },
      pager: { type: 'webhook' },
      mail: { type: 'email' },
      local: { type: 'command' },
    })
    expect(JSON.stringify([publicCatalog(catalog), publicChannels(channels)])).not.toMatch(/canary|_URL|_env|example/)
  })

  test('one that cannot be used keeps no other from it, and says what is missing by its name', () => {
    const { channels, warnings } = openChannels({
      catalog: read(example),
      ...testPlace({ PATH: environment.PATH }).place,
    })
    expect(channels.size).toBe(0)
    expect(warnings).toHaveLength(4)
    expect(warnings[1]).toBe(
      'The channel "pager" cannot be used: the environment variable PAGER_URL is not set. Set it where the agent is started.',
    )
  })

  const wrong: [rule: string, channel: string, said: string][] = [
    ['no type', 'c: {}', 'must have one of the keys webhook, slack, email, command'],
    ['two types', 'c: { slack: { url_env: A }, command: [x] }', 'has more than one kind: slack, command'],
    ['a type with a typo', 'c: { slak: { url_env: A } }', 'must have one of the keys'],
    ['bad input 22: an unknown field', 'c: { slack: { url: A } }', 'c.slack.url is not a known field'],
    [
      'a secret instead of its name',
      'c: { slack: { url_env: "https://hooks.slack.com/x" } }',
      'must be the name of an environment variable',
    ],
    ['a webhook without a secret', 'c: { webhook: { url_env: A } }', 'c.webhook.secret_env is missing'],
    ['no recipient', 'c: { email: { smtp_url_env: A, from: a@example.com, to: [] } }', 'must have at least 1 entries'],
    [
      'a recipient that is a header',
      'c: { email: { smtp_url_env: A, from: a@example.com, to: ["a@example.com\\r\\nBcc: b@example.com"] } }',
      'c.email.to.0 invalid email',
    ],
    [
      'a sender with a name',
      'c: { email: { smtp_url_env: A, from: "Ops <a@example.com>", to: [a@example.com] } }',
      'c.email.from invalid email',
    ],
    ['bad input 40: a template in a command', 'c: { command: [tell, "{{ title }}"] }', 'may not contain a template'],
    ['a command as one text', 'c: { command: "tell me" }', 'command must be a list'],
    ['a command that may take an hour', 'c: { command: [tell], timeout_seconds: 3600 }', 'must be at most 300'],
    [
      'a name that is always there',
      'desktop: { slack: { url_env: A } }',
      'is the name of a channel that is always there',
    ],
    ['a name in capitals', 'Ops: { slack: { url_env: A } }', 'is not a name that can be used'],
  ]

  test.each(wrong)('%s is refused with its place, its value and what to do', (_rule, channel, said) => {
    const problem = problemFrom(() => read(`notifications:\n  channels:\n    ${channel}\n`))
    expect(problem.code).toBe('invalid_catalog')
    expect(problem.message).toMatch(/^pm\.yaml:3:\d+: notifications\.channels\./)
    expect(problem.message).toContain(said)
  })

  test('a word beside channels is not known', () => {
    expect(problemFrom(() => read('notifications: { chanels: {} }')).message).toContain('Did you mean "channels"?')
  })
})
