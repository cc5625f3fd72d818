import { expect, test } from 'vitest'
import {
  filesWords,
  keptWords,
  perDayWords,
  removedWords,
  storageAnswer,
} from '../../../renderer/pages/admin/storage-words.ts'
import type { Storage, StoredTable } from '../../../shared/contract/admin.ts'

const keepDays = { logs: 30, successfulRuns: 90, failedRuns: 180, history: 400, incidents: 1 }
const storage: Storage = {
  asOf: new Date(0),
  databaseBytes: 2_000_000_000,
  bytes: 1_200_000_000,
  bytesIn30Days: 1_500_000_000,
  bytesIn90Days: 1_900_000_000,
  tables: [],
  files: { count: 0, bytes: 0 },
  keepDays,
  sweeps: [],
  leader: null,
}

test.each<[string, Partial<Storage>]>([
  [
    'The tables take 1.2 GB, and will take 1.9 GB in 90 days at this pace; what is older than it is kept is removed.',
    {},
  ],
  [
    'The tables take 1.2 GB, and hardly grow at this pace; what is older than it is kept is removed.',
    { bytesIn90Days: 1_210_000_000 },
  ],
  ['The tables take 1.2 GB, and will take 1.9 GB in 90 days at this pace.', { keepDays: null }],
  [
    'The tables take 1.2 GB. How fast they grow is known once an agent has watched them for an hour.',
    { bytesIn90Days: null },
  ],
])('the answer: %s', (words, changes) => {
  expect(storageAnswer({ ...storage, ...changes })).toBe(words)
})

test('what was removed, in words; nothing is null', () => {
  expect(removedWords({ scheduled_job_runs: 12, run_logs: 3_400, 'scheduled_job_runs.logs': 2, theirs: 1 })).toBe(
    '12 runs, 3,400 log lines, 2 logs as text, 1 theirs',
  )
  expect([removedWords({}), removedWords({ incidents: 0 })]).toEqual([null, null])
})

test.each([
  ['scheduled_job_runs', '90 days, failed 180 days'],
  ['run_logs', '30 days'],
  ['incidents', '1 day'],
  ['operator_actions', 'What people did: for ever'],
  ['dataset_status', 'As long as they exist'],
  ['a_table_of_the_future', 'As long as they exist'],
])('rows of %s are kept: %s', (table, words) => {
  // Only its name is looked at.
  const row = { table } as StoredTable
  expect(keptWords(row, keepDays)).toBe(words)
  expect(keptWords(row, null)).toBe(words.includes('day') ? 'Not known yet' : words)
})

test.each([
  ['hook_deliveries', '400 days'],
  ['ping_checks', 'Removed ones 30 days'],
])('rows of %s are kept as no setting says: %s', (table, words) => {
  // As above.
  const row = { table } as StoredTable
  expect([keptWords(row, keepDays), keptWords(row, null)]).toEqual([words, words])
})

test('runs of one age need one word', () => {
  const row = { table: 'scheduled_job_runs' } as StoredTable
  expect(keptWords(row, { ...keepDays, successfulRuns: 180 })).toBe('180 days')
})

test('rows per day with as many digits as say something', () => {
  expect([0, 0.26, 9.94, 12.6, 12_600].map(perDayWords)).toEqual(['0', '0.3', '9.9', '13', '12,600'])
})

test('what the device keeps beside the database is told with what goes of it', () => {
  const words = filesWords({ count: 1_200, bytes: 3_000_000 })
  expect(words).toMatch(/^On this agent's device, 1.200 images and videos of ads take 3\.0 MB;/)
})
