/** A contestant's own process: one assignment, then it ends. Started by `race.ts`. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Contestant } from './contestants/contestant.ts'
import { type Assignment, type Command, type ContestantName, preciseNow, type Report } from './protocol.ts'
import { connect } from './server.ts'

/** Only what this contestant needs is loaded: its memory is measured. */
const makers = {
  ours: async (url) => (await import('./contestants/ours.ts')).ours(url, 'default'),
  'ours-throughput': async (url) => (await import('./contestants/ours.ts')).ours(url, 'throughput'),
  graphile: async (url) => (await import('./contestants/graphile.ts')).graphile(url, 'default', false),
  'graphile-perf': async (url) => (await import('./contestants/graphile.ts')).graphile(url, 'perf', false),
  'graphile+rec': async (url) => (await import('./contestants/graphile.ts')).graphile(url, 'default', true),
  'graphile-perf+rec': async (url) => (await import('./contestants/graphile.ts')).graphile(url, 'perf', true),
  'pg-boss-results': async (url) => (await import('./contestants/pg-boss.ts')).pgBoss(url, false),
  'pg-boss-results+rec': async (url) => (await import('./contestants/pg-boss.ts')).pgBoss(url, true),
} satisfies Record<ContestantName, (url: string) => Promise<Contestant>>

interface Measured {
  readonly samples: readonly number[]
  readonly floor: readonly number[]
}

const nothing: Measured = { samples: [], floor: [] }
const unmeasured = 10

async function carryOut(contestant: Contestant, { task, url }: Assignment): Promise<Measured> {
  switch (task.kind) {
    case 'drain':
      await startReporting(contestant, () => undefined)
      await contestant.completed(task.jobs)
      break
    case 'on_time':
      return measureLateness(contestant, task.jobs)
    case 'wake':
      return measureStarts(contestant, task.count, url, (at) => contestant.enqueue(at))
    case 'run_now':
      if (contestant.runNow !== null) return measureStarts(contestant, task.count, url, contestant.runNow)
      break
    case 'idle':
      await contestant.start(() => undefined)
      break
  }
  return nothing
}

async function measureLateness(contestant: Contestant, jobs: number): Promise<Measured> {
  const late: number[] = []
  const all = Promise.withResolvers<null>()
  await startReporting(contestant, (at) => {
    late.push(preciseNow() - at)
    if (late.length === jobs) all.resolve(null)
  })
  await all.promise
  return { samples: late, floor: [] }
}

async function startReporting(contestant: Contestant, onStart: (at: number) => void): Promise<void> {
  let first = true
  await contestant.start((at) => {
    if (first) report({ kind: 'first_start', at: preciseNow(), cpuMicroseconds: cpu() })
    first = false
    onStart(at)
  })
}

/** From asking for a job to the start of its handler, and beside each of them what one committed insert takes. */
async function measureStarts(
  contestant: Contestant,
  count: number,
  url: string,
  ask: (at: number) => Promise<void>,
): Promise<Measured> {
  const samples: number[] = []
  const floor: number[] = []
  let started = Promise.withResolvers<null>()
  await contestant.start((at) => {
    samples.push(preciseNow() - at)
    started.resolve(null)
  })
  const client = await connect(url)
  await client.query('create table bare (id bigint generated always as identity primary key, note text)')
  await delay(1_000)
  // The first asks pay for connections and plans.
  for (let index = -unmeasured; index < count; index += 1) {
    await randomGap()
    started = Promise.withResolvers<null>()
    await Promise.all([ask(preciseNow()), started.promise])
    await randomGap()
    const asked = preciseNow()
    await client.query({ name: 'bare', text: 'insert into bare (note) values ($1)', values: ['one row'] })
    floor.push(preciseNow() - asked)
  }
  await client.end()
  return { samples: samples.slice(unmeasured), floor: floor.slice(unmeasured) }
}

function randomGap(): Promise<void> {
  return delay(40 + Math.random() * 120)
}

function report(message: Report): void {
  process.send?.(message)
}

/** User and system time of this process so far, microseconds. */
function cpu(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

async function main(): Promise<void> {
  // The parent writes it.
  const assignment = JSON.parse(process.argv[2] ?? '') as Assignment
  const contestant = await makers[assignment.contestant](assignment.url)
  const go = Promise.withResolvers<null>()
  const stop = Promise.withResolvers<null>()
  process.on('message', (command: Command) => (command.kind === 'go' ? go : stop).resolve(null))
  report({ kind: 'ready' })
  await go.promise
  const measured = await carryOut(contestant, assignment)
  report({ kind: 'done', at: preciseNow(), cpuMicroseconds: cpu(), ...measured })
  await stop.promise
  await contestant.stop()
  process.disconnect()
}

await main()
