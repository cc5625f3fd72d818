import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { incidentKinds, toldTransitions } from '../../../../shared/incidents.ts'
import {
  type ChannelPlan,
  flappingMs,
  type KnownRoute,
  type OrganizationRules,
  planDispatch,
  releaseAt,
  type Transition,
} from '../../../../shared/notifications/dispatch-plan.ts'

const noon = new Date('2026-11-26T12:00:00Z')
const lunch = { timeZone: 'UTC', from: '11:00', to: '13:00', days: [0, 1, 2, 3, 4, 5, 6] }

const opened: Transition = {
  eventId: '1',
  transition: 'opened',
  incidentId: 'incident',
  kind: 'dataset_stale',
  organizationId: 'mine',
  brandId: 'birch',
  brandGroups: ['emea'],
  isEffect: false,
  isSnoozed: false,
  isAcknowledged: false,
  onIt: null,
  mutedBy: [],
  openings: 1,
  toldOn: [],
  escalatedTo: [],
  doneOn: [],
}
const resolved: Transition = { ...opened, eventId: '2', transition: 'resolved', toldOn: ['slack', 'desktop'] }
const reminded: Transition = { ...opened, eventId: '3', transition: 'reminded' }
const assigned: Transition = { ...opened, eventId: '4', transition: 'assigned', onIt: 'Ana' }
const all: KnownRoute = {
  id: 'at-once',
  channel: 'slack',
  kinds: null,
  brandIds: null,
  groups: null,
  tellsResolved: true,
  enabled: true,
  afterMinutes: null,
  repeatMinutes: null,
  person: null,
}
const mine: OrganizationRules = { organizationId: 'mine', quietHours: null, routes: [all] }

function plan(transitions: readonly Transition[], ...organizations: OrganizationRules[]): ChannelPlan[] {
  return planDispatch(transitions, organizations, noon)
}

/** What is told at once on the channels, without the desktop, which is told by default. */
function told(transition: Transition, ...organizations: OrganizationRules[]): string[] {
  return plan([transition], ...organizations)
    .filter((one) => one.told.length > 0 && one.channel !== 'desktop')
    .map(({ channel }) => channel)
}

const withRoute = (change: Partial<KnownRoute>): OrganizationRules => ({
  ...mine,
  routes: [{ ...all, ...change }],
})

describe('N2, N3: who is told of a transition', () => {
  const cases: [what: string, transition: Transition, rules: OrganizationRules, told: string[]][] = [
    ['a route for everything', opened, mine, ['slack']],
    ['no route', opened, { ...mine, routes: [] }, []],
    ['a route that is switched off', opened, withRoute({ enabled: false }), []],
    ['a route that waits, at once', opened, withRoute({ afterMinutes: 20 }), []],
    ['a route that waits, again', reminded, withRoute({ afterMinutes: 20 }), []],
    ['the end, of what was not told where a route waits', resolved, withRoute({ afterMinutes: 20 }), []],
    [
      'the end, of what was told where a route waits',
      { ...resolved, escalatedTo: ['at-once'] },
      withRoute({ afterMinutes: 20 }),
      ['slack'],
    ],
    ['what is given to somebody, on a route of whatever fits', assigned, mine, []],
    ['what is given to Ana, on her route', assigned, withRoute({ person: 'ana' }), ['slack']],
    ['what is given to somebody else', { ...assigned, onIt: 'Ben' }, withRoute({ person: 'Ana' }), []],
    ['what is somebody else’s by now', { ...assigned, onIt: null }, withRoute({ person: 'Ana' }), []],
    [
      'what is given to Ana, whatever keeps everybody else from it',
      { ...assigned, isEffect: true, isSnoozed: true, isAcknowledged: true, mutedBy: ['mine'], openings: 9 },
      withRoute({ person: 'Ana' }),
      ['slack'],
    ],
    ['an opening, on a person’s route', { ...opened, onIt: 'Ana' }, withRoute({ person: 'Ana' }), []],
    ['the end of what is Ana’s', { ...resolved, onIt: 'Ana' }, withRoute({ person: 'Ana' }), ['slack']],
    [
      'the end of what is Ana’s, muted for everybody else',
      { ...resolved, onIt: 'Ana', mutedBy: ['mine'] },
      withRoute({ person: 'Ana' }),
      ['slack'],
    ],
    [
      'the end of what is Ana’s and muted, for everybody else',
      { ...resolved, onIt: 'Ana', mutedBy: ['mine'] },
      mine,
      [],
    ],
    ['the end of what is Ben’s now', { ...resolved, onIt: 'Ben' }, withRoute({ person: 'Ana' }), []],
    ['an opening again where it is known', { ...opened, toldOn: ['slack'] }, mine, []],
    ['a route for this kind', opened, withRoute({ kinds: ['dataset_stale'] }), ['slack']],
    ['a route for another kind', opened, withRoute({ kinds: ['job_dead'] }), []],
    ['a route for this brand', opened, withRoute({ brandIds: ['birch'] }), ['slack']],
    ['a route for another brand', opened, withRoute({ brandIds: ['alder'] }), []],
    ['a route for brands, and no brand', { ...opened, brandId: null }, withRoute({ brandIds: ['birch'] }), []],
    ['a route for a group of this brand, in another case', opened, withRoute({ groups: ['APAC', 'Emea'] }), ['slack']],
    ['a route for a group that it does not carry', opened, withRoute({ groups: ['APAC'] }), []],
    [
      'a route for this brand and another group',
      opened,
      withRoute({ brandIds: ['birch'], groups: ['APAC'] }),
      ['slack'],
    ],
    [
      'a route for another brand and its group',
      opened,
      withRoute({ brandIds: ['alder'], groups: ['EMEA'] }),
      ['slack'],
    ],
    [
      'a route for a group, and no brand',
      { ...opened, brandId: null, brandGroups: [] },
      withRoute({ groups: ['EMEA'] }),
      [],
    ],
    ['another organization', { ...opened, organizationId: 'other' }, mine, []],
    ['an effect', { ...opened, isEffect: true }, mine, []],
    ['the end of what was told before it became an effect', { ...resolved, isEffect: true }, mine, ['slack']],
    ['the end of an effect that was never told', { ...resolved, isEffect: true, toldOn: [] }, mine, []],
    ['muted by the organization', { ...opened, mutedBy: ['mine'] }, mine, []],
    ['muted by another one', { ...opened, mutedBy: ['other'] }, mine, ['slack']],
    ['snoozed', { ...opened, isSnoozed: true }, mine, []],
    ['a reminder', reminded, mine, ['slack']],
    ['a reminder while it is snoozed', { ...reminded, isSnoozed: true }, mine, []],
    ['a reminder while somebody is on it', { ...reminded, isAcknowledged: true }, mine, []],
    ['the end', resolved, mine, ['slack']],
    ['the end of what is snoozed until it ends', { ...resolved, isSnoozed: true }, mine, ['slack']],
    ['the end, where ends are not wanted', resolved, withRoute({ tellsResolved: false }), []],
    ['the end, where nobody heard of the beginning', { ...resolved, toldOn: [] }, mine, []],
    ['told there before', { ...opened, doneOn: ['slack'] }, mine, []],
    ['a kind of a newer program', { ...opened, kind: 'tomorrow' }, mine, ['slack']],
  ]

  test.each(cases)('%s', (_what, transition, rules, channels) => {
    expect(told(transition, rules)).toEqual(channels)
  })

  test('several routes to one channel tell once', () => {
    const rules = { ...mine, routes: [all, { ...all, kinds: ['dataset_stale'] }, { ...all, channel: 'mail' }] }
    expect(told(opened, rules)).toEqual(['slack', 'mail'])
  })

  test('beginning and end in one round: the end is told where the beginning is', () => {
    const [slack] = plan([opened, { ...resolved, toldOn: [] }], mine)
    expect(slack?.told).toEqual(['1', '2'])
  })

  test('what concerns every organization is told once on a channel, however many want it', () => {
    const everybody = { ...opened, kind: 'agent_lost', organizationId: null, brandId: null }
    const plans = plan([everybody], mine, { ...mine, organizationId: 'other' }).filter(
      ({ channel }) => channel === 'slack',
    )
    expect(plans).toEqual([
      { organizationId: null, channel: 'slack', told: ['1'], held: { quiet_hours: [], flapping: [] } },
    ])
    expect(told({ ...everybody, mutedBy: ['mine'] }, mine, { ...mine, organizationId: 'other' })).toEqual(['slack'])
    expect(told({ ...everybody, mutedBy: ['mine'] }, mine)).toEqual([])
  })

  test('J12: what is wrong with a platform-level job is told on desktops alone, by no route of an organization', () => {
    const platform = { ...opened, kind: 'run_failed', organizationId: null, brandId: null }
    const plans = plan([platform], mine, { ...mine, organizationId: 'other' })
    expect(plans.map(({ channel, told: now }) => [channel, now])).toEqual([['desktop', ['1']]])
  })
})

describe('desktops are told everything until an organization says otherwise', () => {
  const onDesktop = (transition: Transition, rules: OrganizationRules): boolean =>
    plan([transition], rules).some((one) => one.channel === 'desktop' && one.told.length > 0)

  test.each<[string, Transition, OrganizationRules, boolean]>([
    ['without a route', opened, { ...mine, routes: [] }, true],
    ['the end, without a route', resolved, { ...mine, routes: [] }, true],
    ['with routes elsewhere', opened, mine, true],
    ['with a route for this kind', opened, withRoute({ channel: 'desktop', kinds: ['dataset_stale'] }), true],
    ['with a route for another kind', opened, withRoute({ channel: 'desktop', kinds: ['job_dead'] }), false],
    ['switched off', opened, withRoute({ channel: 'desktop', enabled: false }), false],
    ['with a person’s route', opened, withRoute({ channel: 'desktop', person: 'Ana' }), true],
    ['with a route that waits', opened, withRoute({ channel: 'desktop', afterMinutes: 20 }), true],
  ])('%s', (_what, transition, rules, isTold) => {
    expect(onDesktop(transition, rules)).toBe(isTold)
  })
})

describe('what is held', () => {
  const quiet = { ...mine, quietHours: lunch }
  const slackOf = (plans: ChannelPlan[]): ChannelPlan | undefined => plans.find(({ channel }) => channel === 'slack')

  test('N3: quiet hours hold everything', () => {
    expect(slackOf(plan([opened], quiet))).toMatchObject({ told: [], held: { quiet_hours: ['1'], flapping: [] } })
  })

  test('N3: what concerns everybody is told as long as somebody is not quiet', () => {
    const everybody = { ...opened, kind: 'agent_lost', organizationId: null }
    expect(slackOf(plan([everybody], quiet, { ...mine, organizationId: 'other' }))).toMatchObject({ told: ['1'] })
    expect(slackOf(plan([everybody], quiet))).toMatchObject({ told: [], held: { quiet_hours: ['1'] } })
  })

  test('point 31: what opens for the fourth time within an hour is told once an hour', () => {
    expect(slackOf(plan([{ ...opened, openings: 3 }], mine))).toMatchObject({ told: ['1'] })
    expect(slackOf(plan([{ ...opened, openings: 4 }], mine))).toMatchObject({ told: [], held: { flapping: ['1'] } })
    expect(slackOf(plan([{ ...opened, openings: 4 }], quiet))).toMatchObject({
      held: { quiet_hours: ['1'], flapping: [] },
    })
  })

  const held = { organizationId: 'mine', channel: 'slack', reason: 'quiet_hours', since: noon } as const
  const end = new Date('2026-11-26T13:00:00Z')

  test.each<[string, Parameters<typeof releaseAt>[0], OrganizationRules[], Date]>([
    ['quiet hours: at their end', held, [quiet], end],
    ['quiet hours that somebody has taken away: now', held, [mine], noon],
    ['an organization that is gone: now', held, [], noon],
    ['quiet hours, and no route tells there any more: at their end', held, [{ ...quiet, routes: [] }], end],
    [
      'of everybody: when the first may be told',
      { ...held, organizationId: null },
      [quiet, { ...mine, organizationId: 'other' }],
      noon,
    ],
    ['again and again: after an hour', { ...held, reason: 'flapping' }, [mine], new Date(noon.getTime() + flappingMs)],
    [
      'again and again, into quiet hours: at their end',
      { ...held, reason: 'flapping', since: new Date('2026-11-26T10:30:00Z') },
      [quiet],
      end,
    ],
  ])('%s', (_what, what, organizations, at) => {
    expect(releaseAt(what, organizations, noon)).toEqual(at)
  })
})

const transition = fc.record({
  eventId: fc.uuid(),
  transition: fc.constantFrom(...toldTransitions),
  incidentId: fc.constantFrom('a', 'b', 'c'),
  kind: fc.constantFrom(...incidentKinds),
  organizationId: fc.constantFrom('mine', 'other', null),
  brandId: fc.constantFrom('birch', 'alder', null),
  brandGroups: fc.subarray(['emea', 'apac']),
  isEffect: fc.boolean(),
  isSnoozed: fc.boolean(),
  isAcknowledged: fc.boolean(),
  onIt: fc.constantFrom('Ana', 'Ben', null),
  mutedBy: fc.subarray(['mine', 'other']),
  openings: fc.integer({ min: 1, max: 6 }),
  toldOn: fc.subarray(['slack', 'mail', 'desktop']),
  escalatedTo: fc.subarray(['one', 'two']),
  doneOn: fc.subarray(['slack', 'mail', 'desktop']),
})
const route = fc.record({
  id: fc.constantFrom('one', 'two', null),
  afterMinutes: fc.option(fc.constant(20)),
  repeatMinutes: fc.option(fc.constant(15)),
  person: fc.constantFrom('Ana', null, null),
  channel: fc.constantFrom('slack', 'mail', 'desktop'),
  kinds: fc.option(fc.subarray([...incidentKinds], { minLength: 1 })),
  brandIds: fc.option(fc.subarray(['birch', 'alder'], { minLength: 1 })),
  groups: fc.option(fc.subarray(['EMEA', 'APAC'], { minLength: 1 })),
  tellsResolved: fc.boolean(),
  enabled: fc.boolean(),
})
const rules = (organizationId: string) =>
  fc.record({
    organizationId: fc.constant(organizationId),
    quietHours: fc.option(fc.constant(lunch)),
    routes: fc.array(route),
  })

test('N2: whatever the rules, a transition is told at most once on a channel, never what was told, of an effect only its end and to whom it is given', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(transition, { selector: ({ eventId }) => eventId, maxLength: 20 }),
      rules('mine'),
      rules('other'),
      (transitions, first, second) => {
        const pairs = planDispatch(transitions, [first, second], noon).flatMap(({ channel, told: now, held }) =>
          [...now, ...held.quiet_hours, ...held.flapping].map((eventId) => ({ channel, eventId })),
        )
        expect(new Set(pairs.map(({ channel, eventId }) => `${channel} ${eventId}`)).size).toBe(pairs.length)
        for (const { channel, eventId } of pairs) {
          const source = transitions.find((one) => one.eventId === eventId)
          expect(source?.doneOn.includes(channel)).toBe(false)
          expect(source?.isEffect === true && !['resolved', 'assigned'].includes(source.transition)).toBe(false)
        }
      },
    ),
  )
})
