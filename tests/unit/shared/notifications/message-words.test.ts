import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanLine } from '../../../../shared/notifications/clean-line.ts'
import type { NotificationMessage, ToldIncident } from '../../../../shared/notifications/message.ts'
import {
  messageFacts,
  messageSentences,
  singleTitle,
  summaryTitle,
  toneOf,
} from '../../../../shared/notifications/message-words.ts'

const stale: ToldIncident = {
  id: 'incident',
  kind: 'dataset_stale',
  severity: 'problem',
  transition: 'opened',
  summary: 'Orders of Birch Coffee is stale: the last success was 26 h ago, the maximum is 24 h.',
  nextStep: 'Run load_orders.',
  owner: null,
  runbook: null,
  brand: 'Birch Coffee',
  dataset: 'orders',
  job: null,
  jobType: null,
  agent: null,
  runId: null,
  openedAt: '2026-11-26T10:00:00.000Z',
  resolvedAt: null,
  resolution: null,
  effects: 0,
  openForMs: 0,
  assignedTo: null,
  assignedBy: null,
}

function messageOf(incident: ToldIncident): NotificationMessage {
  return { type: incident.transition, title: '', organization: null, heldFor: null, incidents: [incident], counts: [] }
}

describe('titles say what, in a line', () => {
  test.each<[Partial<ToldIncident>, string]>([
    [{}, 'Stale dataset: orders of Birch Coffee'],
    [{ transition: 'reminded' }, 'Still open: stale dataset orders of Birch Coffee'],
    [{ transition: 'resolved' }, 'Resolved: stale dataset orders of Birch Coffee'],
    [{ transition: 'assigned', assignedTo: 'Ana' }, 'Given to Ana: stale dataset orders of Birch Coffee'],
    [{ transition: 'escalated' }, 'Nobody is on it: stale dataset orders of Birch Coffee'],
    [{ kind: 'job_dead', dataset: null, job: 'Load orders' }, 'Dead job: Load orders of Birch Coffee'],
    [{ kind: 'agent_lost', dataset: null, brand: null, agent: 'laptop' }, 'Lost agent: laptop'],
    [{ kind: 'no_agent', dataset: null, brand: null, jobType: 'load' }, 'Job type that no agent can run: load'],
    [
      { kind: 'of_tomorrow', dataset: null, brand: null, summary: 'Something is wrong.' },
      'Incident: Something is wrong.',
    ],
  ])('%j', (change, title) => {
    expect(singleTitle({ ...stale, ...change })).toBe(title)
  })

  test.each<[Parameters<typeof summaryTitle>, string]>([
    [[[{ transition: 'opened', kind: 'dataset_stale', count: 1_000 }], null], '1,000 stale datasets'],
    [
      [
        [
          { transition: 'opened', kind: 'dataset_stale', count: 2 },
          { transition: 'opened', kind: 'run_failed', count: 1 },
          { transition: 'resolved', kind: 'dataset_stale', count: 3 },
          { transition: 'reminded', kind: 'job_dead', count: 1 },
        ],
        'quiet_hours',
      ],
      'In the quiet hours: 2 stale datasets and 1 failed run; 1 incident still open; 3 incidents resolved',
    ],
    [
      [
        ['dataset_stale', 'run_failed', 'job_dead', 'no_agent', 'agent_lost'].map((kind) => ({
          transition: 'opened',
          kind,
          count: 1,
        })),
        null,
      ],
      '1 stale dataset, 1 failed run, 1 dead job and 2 more kinds',
    ],
  ])('a summary of %j', ([counts, heldFor], title) => {
    expect(summaryTitle(counts, heldFor)).toBe(title)
  })
})

describe('sentences and facts', () => {
  test('what is wrong, what else it is behind, and what to do', () => {
    expect(messageSentences(messageOf({ ...stale, effects: 5 }))).toEqual([
      stale.summary,
      '5 more incidents are its effects.',
      'Run load_orders.',
    ])
  })

  test('how it ended, and for how long it was open', () => {
    const over = {
      ...stale,
      transition: 'resolved',
      resolution: 'It succeeded.',
      resolvedAt: '2026-11-26T13:12:00.000Z',
    } as const
    expect(messageSentences(messageOf(over))).toEqual(['It succeeded.', 'It was open for 3 h 12 min.'])
  })

  test('a summary lists what it can and counts the rest', () => {
    const summary: NotificationMessage = {
      ...messageOf(stale),
      type: 'summary',
      incidents: [stale, stale],
      counts: [{ transition: 'opened', kind: 'dataset_stale', count: 1_002 }],
    }
    expect(messageSentences(summary)).toEqual([
      '• Stale dataset: orders of Birch Coffee',
      '• Stale dataset: orders of Birch Coffee',
      '… and 1,000 more',
    ])
    expect(messageFacts(summary)).toEqual([])
  })

  test('facts are those that there are, times with their zone', () => {
    expect(messageFacts({ ...messageOf(stale), organization: { id: 'o', name: 'Agency' } })).toEqual([
      ['Organization', 'Agency'],
      ['Brand', 'Birch Coffee'],
      ['Dataset', 'orders'],
      ['Open since', '2026-11-26 10:00 UTC'],
    ])
  })

  test('the tone is that of the worst that is open', () => {
    expect(toneOf(messageOf(stale))).toBe('problem')
    expect(toneOf(messageOf({ ...stale, kind: 'at_risk' }))).toBe('warning')
    expect(toneOf(messageOf({ ...stale, transition: 'resolved' }))).toBe('resolved')
    expect(toneOf({ ...messageOf(stale), type: 'test' })).toBe('test')
    const counts = [{ transition: 'resolved', kind: 'dataset_stale', count: 9 } as const]
    expect(toneOf({ ...messageOf(stale), type: 'summary', incidents: [], counts })).toBe('resolved')
  })
})

describe('bad inputs 35 to 38: untrusted text becomes one harmless line', () => {
  test.each([
    ['lines', 'one\r\ntwo\u2028three', 'one two three'],
    ['a terminal', '\u001b[2Jgone', '[2Jgone'],
    ['reading direction', 'invoice\u202Efdp.exe', 'invoice fdp.exe'],
    ['half a character', 'a\ud800b', 'a\ufffdb'],
    ['a long one', 'x'.repeat(30), `${'x'.repeat(19)}…`],
  ])('%s', (_what, text, line) => {
    expect(cleanLine(text, 20)).toBe(line)
  })

  test('whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.integer({ min: 1, max: 50 }), (text, limit) => {
        const line = cleanLine(text, limit)
        expect(line.length).toBeLessThanOrEqual(limit)
        expect(/[\p{Cc}\u2028\u2029\u202A-\u202E]/u.test(line)).toBe(false)
        expect(line.isWellFormed()).toBe(true)
      }),
    )
  })
})
