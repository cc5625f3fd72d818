import { expect, test } from 'vitest'
import { RunJournal } from '../../../agent/jobs/run-journal.ts'
import { systemClock } from '../../../shared/clock.ts'

test('J3: only what was never sent counts as a first write; what got no answer may be on record', () => {
  const journal = new RunJournal({ runId: 'run', runToken: 'token', organizationId: null, brandId: null })
  journal.line(0, 'info', null, 'one')
  expect(journal.take(systemClock)).toMatchObject({ isFirstWrite: true, lines: [{ message: 'one' }] })
  journal.putBack()
  expect(journal.take(systemClock)).toMatchObject({ isFirstWrite: false, lines: [{ message: 'one' }] })
  journal.written()
  journal.line(0, 'info', null, 'two')
  expect(journal.take(systemClock)).toMatchObject({ isFirstWrite: false, lines: [{ message: 'two' }] })
})
