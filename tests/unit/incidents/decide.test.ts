import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Condition, keyOf, thing } from '../../../agent/incidents/conditions.ts'
import { type CauseFacts, type Decision, type DecisionInput, decide } from '../../../agent/incidents/decide.ts'
import type { OpenIncident } from '../../../agent/store/incident-round.ts'
import type { IncidentKind, IncidentThing } from '../../../shared/incidents.ts'

/** Those that can be behind others (N2). */
const causeKinds: ReadonlySet<IncidentKind> = new Set([
  'run_failed',
  'job_dead',
  'external_failed',
  'no_agent',
  'agent_lost',
])
const organizationId = 'org'
/** Jobs by name: their type, and the datasets of their brand that they refresh. */
const jobs = {
  nightly: { brandId: 'acme', jobType: 'load', datasets: ['orders', 'visits', 'returns', 'stock', 'prices'] },
  hourly: { brandId: 'acme', jobType: 'copy', datasets: ['prices'] },
  other: { brandId: 'zeta', jobType: 'load', datasets: ['orders'] },
} as const
type JobId = keyof typeof jobs
const agents = { north: ['load', 'copy'], south: ['copy'] } as const

const causes: CauseFacts = {
  refreshersOf: (brandId, datasetKey) =>
    Object.entries(jobs).flatMap(([jobId, job]) =>
      job.brandId === brandId && job.datasets.some((dataset) => dataset === datasetKey)
        ? [{ jobId, jobType: job.jobType, hasEndedSince: true }]
        : [],
    ),
  jobTypesOf: (agentId) => new Set<string>(agents[agentId as keyof typeof agents]),
}

const dataset = (brandId: string, datasetKey: string, kind: IncidentThing['kind'] = 'dataset_stale'): IncidentThing =>
  thing(kind, { organizationId, brandId, datasetKey })
const ofJob = (kind: IncidentThing['kind'], jobId: JobId): IncidentThing =>
  thing(kind, { organizationId, brandId: jobs[jobId].brandId, jobId, jobType: jobs[jobId].jobType })
const noAgent = (jobType: string): IncidentThing => thing('no_agent', { organizationId, jobType })
const lostAgent = (agentId: keyof typeof agents): IncidentThing => thing('agent_lost', { agentId })
const condition = (about: IncidentThing, lostAgentId: string | null = null): Condition => ({
  ...about,
  summary: 'Wrong.',
  nextStep: null,
  runId: null,
  details: {},
  lostAgentId,
})

/** What the tables would hold. */
class World {
  readonly open = new Map<string, OpenIncident>()
  readonly told: {
    readonly type: 'opened' | 'resolved' | 'reminded'
    readonly id: string
    readonly isRoot: boolean
  }[] = []
  readonly #released = new Set<string>()
  #ids = 0

  get things(): string[] {
    return [...this.open.values()].map(keyOf).toSorted()
  }

  idOf(about: IncidentThing): string {
    const found = [...this.open.values()].find((incident) => keyOf(incident) === keyOf(about))
    if (found === undefined) throw new Error(`Nothing is open about ${keyOf(about)}.`)
    return found.id
  }

  causeOf(about: IncidentThing): string | null {
    return this.open.get(this.idOf(about))?.causeId ?? null
  }

  decide(input: Partial<DecisionInput>): Decision {
    return decide({
      open: [...this.open.values()],
      begun: [],
      over: [],
      updated: [],
      woken: [],
      reminded: [],
      outlived: [],
      unmuted: [],
      causes,
      newId: () => `incident ${(this.#ids += 1)}`,
      ...input,
    })
  }

  /** What is wrong now: what is not any more has ended. */
  round(present: readonly Condition[], { isNews = true }: { isNews?: boolean } = {}): Decision {
    const now = new Set(present.map(keyOf))
    const over = [...this.open.values()].filter((incident) => !now.has(keyOf(incident)))
    const decision = this.decide({
      begun: present,
      over: over.map(({ id }) => ({ incidentId: id, resolution: 'It is over.', isNews })),
    })
    this.#apply(decision)
    return decision
  }

  /** Time enough passes for what was behind them to be forgotten. */
  later(): void {
    this.#apply(this.decide({ outlived: [...this.#released] }))
  }

  #apply({ opened, ended, attached, promoted, reminded }: Decision): void {
    for (const { incidentId, isTold } of ended) {
      if (isTold) this.#tell('resolved', incidentId)
      this.open.delete(incidentId)
      this.#released.delete(incidentId)
    }
    for (const { id, condition: about, causeId } of opened) {
      this.open.set(id, { ...about, id, causeId, isTold: causeId === null, isGiven: false })
      if (causeId === null) this.#tell('opened', id)
    }
    for (const { id, causeId, isReleased } of attached) {
      this.#change(id, { causeId })
      if (isReleased) this.#released.add(id)
      else this.#released.delete(id)
    }
    for (const id of promoted) {
      this.#released.delete(id)
      this.#change(id, { isTold: true })
      this.#tell('opened', id)
    }
    for (const id of reminded) this.#tell('reminded', id)
  }

  #change(id: string, change: Partial<OpenIncident>): void {
    const incident = this.open.get(id)
    if (incident === undefined) throw new Error(`${id} is not open.`)
    this.open.set(id, { ...incident, ...change })
  }

  #tell(type: 'opened' | 'resolved' | 'reminded', id: string): void {
    this.told.push({ type, id, isRoot: this.open.get(id)?.causeId === null })
  }
}

const nothing = { opened: [], ended: [], attached: [], promoted: [], unmuted: [], updated: [], woken: [], reminded: [] }
const all = jobs.nightly.datasets.map((key) => condition(dataset('acme', key)))

describe('N2: grouping by what is behind it', () => {
  test('five datasets stale because one job failed is one incident with five effects', () => {
    const world = new World()
    const { opened } = world.round([...all, condition(ofJob('run_failed', 'nightly'))])
    expect(opened.map(({ condition: { kind } }) => kind)[0]).toBe('run_failed')
    expect(world.told).toHaveLength(1)
    const cause = world.idOf(ofJob('run_failed', 'nightly'))
    expect(opened.filter(({ causeId }) => causeId === cause)).toHaveLength(5)
  })

  test('a cause that opens after its effects takes them over; they were told before, and their end is told too', () => {
    const world = new World()
    world.round(all)
    expect(world.told.map(({ type }) => type)).toEqual(Array(5).fill('opened'))
    const { attached } = world.round([...all, condition(ofJob('run_failed', 'nightly'))])
    expect(attached).toHaveLength(5)
    expect(world.told).toHaveLength(6)
    world.round([])
    expect(world.told.filter(({ type }) => type === 'resolved')).toHaveLength(6)
  })

  test('a cause that ends before its effect makes it a root, which is told when it has outlived the cause, and once', () => {
    const world = new World()
    const orders = dataset('acme', 'orders')
    const failed = condition(ofJob('run_failed', 'nightly'))
    world.round([condition(orders), failed])
    const { attached } = world.round([condition(orders)])
    expect(attached).toEqual([{ id: world.idOf(orders), causeId: null, isReleased: true }])
    expect(world.told.map(({ type }) => type)).toEqual(['opened', 'resolved'])
    world.later()
    expect(world.told.map(({ type }) => type)).toEqual(['opened', 'resolved', 'opened'])
    world.round([condition(orders), failed])
    world.round([condition(orders)])
    world.later()
    expect(world.told.filter(({ id }) => id === world.idOf(orders))).toHaveLength(1)
  })

  test('an effect that recovers soon after its cause is never told', () => {
    const world = new World()
    world.round([...all, condition(ofJob('run_failed', 'nightly'))])
    world.round(all)
    world.round([])
    expect(world.told.map(({ type }) => type)).toEqual(['opened', 'resolved'])
  })

  test('an effect that comes under another cause in time is not told either', () => {
    const world = new World()
    world.round([...all, condition(lostAgent('north')), condition(noAgent('load')), condition(noAgent('copy'))])
    world.round(all)
    world.round([...all, condition(ofJob('run_failed', 'nightly'))])
    world.later()
    expect(world.told.map(({ type }) => type)).toEqual(['opened', 'resolved', 'opened'])
  })

  test('an effect of an effect hangs on the root: a lost agent, so nobody can run it, so it is stale', () => {
    const world = new World()
    const present = [dataset('zeta', 'orders'), noAgent('load'), lostAgent('north')].map((about) => condition(about))
    world.round(present)
    const root = world.idOf(lostAgent('north'))
    expect([world.causeOf(dataset('zeta', 'orders')), world.causeOf(noAgent('load'))]).toEqual([root, root])
    expect(world.told).toHaveLength(1)
    world.round(present.slice(0, 2))
    expect(world.causeOf(dataset('zeta', 'orders'))).toBe(world.idOf(noAgent('load')))
    world.later()
    expect(world.told.map(({ type }) => type)).toEqual(['opened', 'resolved', 'opened'])
  })

  test('nobody can run one of two jobs that refresh it: the other may still', () => {
    const world = new World()
    const prices = condition(dataset('acme', 'prices'))
    world.round([prices, condition(noAgent('load'))])
    expect(world.causeOf(prices)).toBeNull()
    world.round([prices, condition(noAgent('load')), condition(noAgent('copy'))])
    expect(world.causeOf(prices)).toBe(world.idOf(noAgent('load')))
    world.round([prices, condition(noAgent('load')), condition(ofJob('run_failed', 'hourly'))])
    expect(world.causeOf(prices)).toBe(world.idOf(ofJob('run_failed', 'hourly')))
  })

  test('runs that were lost with their agent are its effects; a failed run stands behind its dead job', () => {
    const world = new World()
    const lost = condition(ofJob('run_failed', 'hourly'), 'south')
    world.round([lost, condition(lostAgent('south')), condition(ofJob('run_failed', 'nightly'))])
    expect(world.causeOf(lost)).toBe(world.idOf(lostAgent('south')))
    world.round([condition(ofJob('run_failed', 'nightly')), condition(ofJob('job_dead', 'nightly'))])
    expect(world.causeOf(ofJob('run_failed', 'nightly'))).toBe(world.idOf(ofJob('job_dead', 'nightly')))
  })

  test('a suspicious success is nobody’s effect', () => {
    const world = new World()
    world.round([condition(dataset('acme', 'orders', 'suspicious')), condition(ofJob('run_failed', 'nightly'))])
    expect(world.causeOf(dataset('acme', 'orders', 'suspicious'))).toBeNull()
  })
})

describe('N2: transitions are told, states are not', () => {
  test('what is still wrong is not opened again, also when it is found twice', () => {
    const world = new World()
    world.round(all)
    expect(world.round([...all, ...all])).toEqual(nothing)
  })

  test('what two parts have found at once is opened once', () => {
    const { opened } = new World().decide({ begun: [...all, ...all] })
    expect(opened).toHaveLength(5)
  })

  test('reopened after recovery, it is another incident', () => {
    const world = new World()
    world.round(all)
    const before = world.idOf(dataset('acme', 'orders'))
    world.round([])
    world.round(all)
    expect(world.idOf(dataset('acme', 'orders'))).not.toBe(before)
  })

  test('what ends without having recovered is not told', () => {
    const world = new World()
    world.round(all)
    world.round([], { isNews: false })
    expect(world.told.some(({ type }) => type === 'resolved')).toBe(false)
  })

  test('N3: a snooze that has run out is told once more, of roots alone; a reminder to nobody about what is over', () => {
    const world = new World()
    const failed = ofJob('run_failed', 'nightly')
    world.round([...all, condition(failed)])
    const ids = [...world.open.keys()]
    const woken = world.decide({ woken: ids, reminded: ids })
    expect(woken.woken).toEqual(ids)
    expect(woken.reminded).toEqual([world.idOf(failed)])
    const over = ids.map((incidentId) => ({ incidentId, resolution: 'Over.', isNews: true }))
    expect(world.decide({ woken: ids, reminded: ids, over })).toMatchObject({ woken: [], reminded: [] })
  })

  test('what an incident is about may change; what has ended is left as it was', () => {
    const world = new World()
    world.round(all.slice(0, 1))
    const update = { summary: 'Worse.', nextStep: null, runId: 'run', details: {} }
    const updated = [...world.open.keys(), 'gone'].map((incidentId) => ({ ...update, incidentId }))
    expect(world.decide({ updated }).updated).toEqual(updated.slice(0, 1))
  })
})

const possible: readonly Condition[] = [
  ...all,
  ...all.map((one) => ({ ...one, kind: 'at_risk' as const })),
  condition(dataset('zeta', 'orders')),
  condition(dataset('zeta', 'orders', 'suspicious')),
  ...(['nightly', 'hourly', 'other'] as const).flatMap((jobId) =>
    (['run_failed', 'run_failed_first', 'job_dead'] as const).map((kind) =>
      condition(ofJob(kind, jobId), jobId === 'other' ? 'north' : null),
    ),
  ),
  condition(noAgent('load')),
  condition(noAgent('copy')),
  condition(lostAgent('north')),
  condition(lostAgent('south')),
]

describe('N2: whatever goes wrong and comes back', () => {
  const history = fc.array(fc.tuple(fc.subarray([...possible]), fc.boolean(), fc.boolean()), { maxLength: 12 })
  const passed = (
    rounds: readonly (readonly [Condition[], boolean, boolean])[],
    check: (world: World) => void,
  ): void => {
    const world = new World()
    for (const [present, isNews, isLater] of rounds) {
      world.round(present, { isNews })
      if (isLater) world.later()
      expect(world.things).toEqual(present.map(keyOf).toSorted())
      check(world)
    }
    world.round([])
    check(world)
  }

  test('there is exactly one open incident for each thing that is wrong, and every effect hangs on an open root', () => {
    fc.assert(
      fc.property(history, (rounds) => {
        passed(rounds, ({ open }) => {
          for (const { id, causeId } of open.values()) {
            const cause = causeId === null ? null : open.get(causeId)
            const isRight = cause === null || (cause?.causeId === null && causeKinds.has(cause.kind))
            expect([id, isRight]).toEqual([id, true])
          }
        })
      }),
    )
  })

  test('every root is told exactly once, in the end', () => {
    fc.assert(
      fc.property(history, (rounds) => {
        passed(rounds, (world) => {
          world.later()
          for (const { id, causeId } of world.open.values()) {
            const openings = world.told.filter((one) => one.type === 'opened' && one.id === id).length
            expect(openings).toBeLessThanOrEqual(1)
            expect([id, openings === 1 || causeId !== null]).toEqual([id, true])
          }
        })
      }),
    )
  })

  test('nothing is opened to anybody while it is an effect, and an end is told of what was told alone', () => {
    fc.assert(
      fc.property(history, (rounds) => {
        let told: World['told'] = []
        passed(rounds, (world) => {
          told = world.told
        })
        for (const [id, [first, second, ...others]] of Map.groupBy(told, (one) => one.id)) {
          expect([id, first?.type, first?.isRoot, others]).toEqual([id, 'opened', true, []])
          expect(second?.type ?? 'resolved').toBe('resolved')
        }
      }),
    )
  })

  test('deciding again about the same changes nothing', () => {
    fc.assert(
      fc.property(history, (rounds) => {
        const world = new World()
        for (const [present] of rounds) {
          world.round(present)
          expect(world.round(present)).toEqual(nothing)
        }
      }),
    )
  })
})
