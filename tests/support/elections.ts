/** Agents that want to lead, at a pace that tests can wait out. */
import { randomUUID } from 'node:crypto'
import { Election } from '../../agent/leader/election.ts'
import type { LeaderPace } from '../../agent/leader/holds.ts'
import { type ConnectionGate, openGate } from '../../agent/store/connection-gate.ts'
import { systemClock } from '../../shared/clock.ts'

/** Belief is shorter than the hold by as much as a busy machine needs. */
export const quickPace: LeaderPace = {
  tryMs: 200,
  beatMs: 100,
  silenceMs: 2_000,
  trustMs: 1_500,
  rowMs: 2_000,
  rowTrustMs: 1_500,
  patienceMs: 1_000,
  reconnectMs: [50, 200],
}

export interface Candidate {
  readonly name: string
  readonly agentId: string
  readonly election: Election
  readonly troubles: string[]
}

/** Every change of any candidate is looked at; disposing them fails when two have led at one instant. */
export class Candidates implements AsyncDisposable {
  readonly all: Candidate[] = []
  /** Names of those that led together. */
  readonly #overlaps: string[] = []
  /** Names in the order in which they began to lead. */
  readonly terms: string[] = []

  add(url: string, pace: Partial<LeaderPace> = {}, gate: ConnectionGate = openGate): Candidate {
    const name = `candidate-${this.all.length + 1}`
    const agentId = randomUUID()
    const troubles: string[] = []
    const election = new Election({
      url,
      agentId,
      agentName: name,
      clock: systemClock,
      onTrouble: (message) => troubles.push(message),
      gate,
      pace: { ...quickPace, ...pace },
    })
    const candidate = { name, agentId, election, troubles }
    this.all.push(candidate)
    election.subscribe((isLeader) => {
      if (isLeader) this.terms.push(name)
      const { leaders } = this
      if (leaders.length > 1) this.#overlaps.push(leaders.map((leader) => leader.name).join(' and '))
    })
    return candidate
  }

  /** Adds and starts one. */
  async start(url: string, pace: Partial<LeaderPace> = {}, gate?: ConnectionGate): Promise<Candidate> {
    const candidate = this.add(url, pace, gate)
    await candidate.election.start()
    return candidate
  }

  get leaders(): Candidate[] {
    return this.all.filter(({ election }) => election.isLeader)
  }

  /** The one that leads; null while nobody does. */
  get leader(): Candidate | null {
    return this.leaders[0] ?? null
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.all.map(({ election }) => election.stop()))
    if (this.#overlaps.length > 0) throw new Error(`Led at the same time: ${this.#overlaps.join('; ')}`)
  }
}
