/** How long the server takes to answer, through its door and alone, and what its process spends on it. */

import { cursorOf } from '../../../agent/console/run-filter.ts'
import type { DatabasePool } from '../../../agent/store/database.ts'
import type { RunConditions } from '../../../agent/store/run-conditions.ts'
import { brandFacts, listRunPage } from '../../../agent/store/run-list.ts'
import { systemClock } from '../../../shared/clock.ts'
import { withClient } from '../server.ts'
import { figure, percentile } from '../statistics.ts'
import { printTable, printTarget } from '../table.ts'
import type { MeasuredAgent } from './agent.ts'
import type { Answer, Caller } from './calls.ts'
import {
  boardQuestion,
  otherQuestions,
  type Question,
  type RunQuestion,
  runQuestions,
  type Samples,
} from './questions.ts'
import type { Seeded } from './seed.ts'
import { measureStatements, openOne } from './statements.ts'

export interface Place {
  readonly agent: MeasuredAgent
  readonly caller: Caller
  readonly databaseUrl: string
  readonly seeded: Seeded
  readonly samples: Samples
  /** Calls of each question; a quarter of them more go before, to warm up. */
  readonly calls: number
}

interface Measured {
  readonly ms: readonly number[]
  readonly last: Answer
  /** Of the agent's process, for one call. */
  readonly cpuMs: number
  readonly delayP99: number
}

export async function measure(
  { agent, caller }: Pick<Place, 'agent' | 'caller'>,
  { path, input }: Pick<Question, 'path' | 'input'>,
  calls: number,
  before: (index: number) => Promise<void> = async () => undefined,
): Promise<Measured> {
  const warmUp = Math.ceil(calls / 4)
  for (let index = 0; index < warmUp; index += 1) await caller.call(path, input(calls + index))
  const start = await agent.probe()
  const answers: Answer[] = []
  for (let index = 0; index < calls; index += 1) {
    await before(index)
    answers.push(await caller.call(path, input(index)))
  }
  const end = await agent.probe()
  const last = answers.at(-1)
  if (last === undefined) throw new Error('Nothing was asked.')
  return {
    ms: answers.map(({ ms }) => ms),
    last,
    cpuMs: (end.cpuMs - start.cpuMs) / calls,
    delayP99: end.delayP99,
  }
}

export const columns = ['p50 ms', 'p95 ms', 'CPU ms', 'loop p99 ms', 'kB raw', 'kB gzip']

export function cells({ ms, last, cpuMs, delayP99 }: Measured): string[] {
  const { raw, gzip } = last.bytes
  return [
    figure(percentile(ms, 50), 1),
    figure(percentile(ms, 95), 1),
    figure(cpuMs, 1),
    figure(delayP99, 1),
    figure(raw / 1_000, 1),
    figure(gzip / 1_000, 1),
  ]
}

/** T9: any filtered page of 50 runs, at any depth. */
export async function measureRunPages(place: Place): Promise<void> {
  const { seeded, samples, calls, databaseUrl } = place
  const { organizationId } = seeded
  const pool = openOne(databaseUrl)
  const rows: string[][] = []
  let worst = { name: '', p95: 0 }
  try {
    const floor = await measureFloor(pool, calls)
    console.log(
      `\nselect 1 alone, the floor of these minutes: p50 ${figure(percentile(floor, 50), 2)}, p95 ${figure(percentile(floor, 95), 2)} ms`,
    )
    for (const question of runQuestions(seeded, samples)) {
      const input = (index: number): object => ({
        ...question.filter(index),
        organizationId,
        cursor: cursorAt(question, samples, index),
      })
      const some = question.isSearch === true ? Math.ceil(calls / 10) : calls
      const called = await measure(place, { path: 'runs/list', input }, some)
      const alone = question.isSearch === true ? null : await measureAlone(pool, place, question)
      const p95 = percentile(alone ?? [], 95)
      if (p95 > worst.p95) worst = { name: question.name, p95 }
      rows.push([question.name, figure(percentile(alone ?? [], 50), 2), figure(p95, 2), ...cells(called)])
    }
  } finally {
    await pool.stop()
  }
  console.log(`\nruns.list, pages of 50; ${calls} calls each`)
  printTable(['filter', 'query p50', 'query p95', ...columns], rows)
  printTarget('T9 any page p95 ≤ 2 ms (query + wire)', `${figure(worst.p95, 2)} ms for ${worst.name}`, worst.p95 <= 2)
}

function cursorAt({ isDeep = false }: RunQuestion, { runs }: Samples, index: number): string | null {
  const run = runs[index % runs.length]
  return isDeep && run !== undefined ? cursorOf({ startedAt: run.startedAt, id: run.id }) : null
}

const nothing = { name: 'nothing', text: 'select 1' }

/** What any statement takes: waking the server up, and being woken up by its answer. */
async function measureFloor(pool: DatabasePool, calls: number): Promise<number[]> {
  const ms: number[] = []
  for (let index = -calls; index < calls * 2; index += 1) {
    const started = systemClock.monotonic()
    await pool.query(nothing, [])
    if (index >= 0) ms.push(systemClock.monotonic() - started)
  }
  return ms
}

/** The statement as the call makes it, over a connection of our own: server and wire. */
async function measureAlone(
  pool: DatabasePool,
  { seeded, samples, calls }: Place,
  question: RunQuestion,
): Promise<number[]> {
  const facts = await brandFacts(pool, seeded.organizationId)
  const ms: number[] = []
  const warmUp = Math.ceil(calls / 4)
  for (let index = -warmUp; index < calls; index += 1) {
    const filter = conditionsOf(question, seeded, Math.abs(index))
    const brands = filter.brandId === null && filter.jobId === null ? facts : { own: 0, all: 0, areKept: false }
    const run = question.isDeep === true ? samples.runs[Math.abs(index) % samples.runs.length] : undefined
    const after = run === undefined ? null : { startedAt: run.startedAt, id: run.id }
    const started = systemClock.monotonic()
    await listRunPage(pool, { filter, after, limit: 51, brands })
    if (index >= 0) ms.push(systemClock.monotonic() - started)
  }
  return ms
}

function conditionsOf({ filter }: RunQuestion, { organizationId }: Seeded, index: number): RunConditions {
  const { brandId, jobTypes, results, problems, triggers, agentIds, attempts, jobId, from } = filter(index)
  return {
    organizationId,
    withPlatform: true,
    brandId: brandId ?? null,
    jobTypes: jobTypes ?? [],
    results: results ?? [],
    problems: problems ?? [],
    triggers: triggers ?? [],
    agentIds: agentIds ?? [],
    attempts: attempts ?? 'any',
    jobId: jobId ?? null,
    backfillId: null,
    from: from === undefined || from === null ? null : new Date(from),
    to: null,
  }
}

/** T10, T11, and what else a console asks. */
export async function measureOthers(place: Place): Promise<void> {
  await measureStatements(place)
  await withClient(place.databaseUrl, (client) => measureQuestions(place, (text) => client.query(text)))
}

async function measureQuestions(place: Place, query: (text: string) => Promise<unknown>): Promise<void> {
  const rows: string[][] = []
  const targets: (() => void)[] = []
  for (const question of otherQuestions(place.seeded)) {
    const calls = Math.max(5, Math.ceil(place.calls * question.share))
    const { name, target, change } = question
    const measured = await measure(place, question, calls, async (index) => {
      if (change !== undefined) await query(change(index))
    })
    rows.push([name, figure(calls), ...cells(measured), target === null ? '–' : `≤ ${target}`])
    const p95 = percentile(measured.ms, 95)
    if (target !== null)
      targets.push(() => printTarget(`${name} p95 ≤ ${target} ms`, `${figure(p95, 1)} ms`, p95 <= target))
    if (name === boardQuestion) {
      const { raw, gzip } = measured.last.bytes
      const shown = `${figure(raw / 1_000, 1)} / ${figure(gzip / 1_000, 1)} kB`
      targets.push(() => printTarget('T11 ≤ 70 kB raw, ≤ 20 kB gzip', shown, raw <= 70_000 && gzip <= 20_000))
    }
  }
  console.log('\nOther answers')
  printTable(['call', 'calls', ...columns, 'target p95'], rows)
  for (const print of targets) print()
}
