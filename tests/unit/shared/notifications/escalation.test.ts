import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planEscalations, type WaitingEscalation } from '../../../../shared/notifications/escalation.ts'

const noon = new Date('2026-11-26T12:00:00Z')
const lunch = { timeZone: 'UTC', from: '11:00', to: '13:00', days: [0, 1, 2, 3, 4, 5, 6] }
const rules = [
  { organizationId: 'mine', quietHours: null, routes: [] },
  { organizationId: 'quiet', quietHours: lunch, routes: [] },
]

function waiting(dueAt: string, organizationId = 'mine'): WaitingEscalation {
  return { incidentId: dueAt, routeId: 'pager', channel: 'pager', organizationId, dueAt: new Date(dueAt) }
}

test.each<[what: string, waiting: WaitingEscalation, due: boolean, nextAt: string | null]>([
  ['due now', waiting('2026-11-26T12:00:00Z'), true, null],
  ['due an hour ago, while no agent led', waiting('2026-11-26T11:00:00Z'), true, null],
  ['due in a minute', waiting('2026-11-26T12:01:00Z'), false, '2026-11-26T12:01:00Z'],
  ['due in quiet hours', waiting('2026-11-26T11:59:00Z', 'quiet'), false, '2026-11-26T13:00:00Z'],
  ['coming due in quiet hours', waiting('2026-11-26T12:30:00Z', 'quiet'), false, '2026-11-26T13:00:00Z'],
  ['coming due after them', waiting('2026-11-26T14:00:00Z', 'quiet'), false, '2026-11-26T14:00:00Z'],
])('what waits, %s', (_what, one, isDue, nextAt) => {
  const plan = planEscalations([one], rules, noon)
  expect(plan.due).toEqual(isDue ? [one] : [])
  expect(plan.nextAt?.toISOString() ?? null).toBe(nextAt === null ? null : new Date(nextAt).toISOString())
})

test('what is not due now is due at the next instant at the latest: nothing waits for ever', () => {
  const minutes = fc.array(fc.integer({ min: -2_000, max: 2_000 }), { maxLength: 20 })
  fc.assert(
    fc.property(minutes, fc.constantFrom('mine', 'quiet'), (offsets, organizationId) => {
      const all = offsets.map((offset) =>
        waiting(new Date(noon.getTime() + offset * 60_000).toISOString(), organizationId),
      )
      const { due, nextAt } = planEscalations(all, rules, noon)
      expect(due.length === all.length).toBe(nextAt === null)
      if (nextAt === null) return
      expect(nextAt > noon).toBe(true)
      expect(planEscalations(all, rules, nextAt).due.length).toBeGreaterThan(due.length)
    }),
  )
})
