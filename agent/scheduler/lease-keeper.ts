import type { Clock } from '../../shared/clock.ts'
import { describeError } from '../../shared/errors.ts'
import { RunAborted } from '../jobs/abort.ts'
import type { Database } from '../store/database.ts'
import { renewLeases } from '../store/run-record.ts'
import type { Clockwork } from './clockwork.ts'
import type { RunExecution } from './run-execution.ts'

export interface LeaseKeeperSettings {
  readonly database: Database
  readonly clock: Clock
  readonly clockwork: Clockwork
  readonly leaseSeconds: number
  readonly renewSeconds: number
  /** How long after it was asked for a lease is believed in without an answer. Seconds, shorter than the lease. */
  readonly trustSeconds: number
  readonly now: () => Date | null
  readonly executions: ReadonlyMap<string, RunExecution>
  readonly onTrouble: (message: string) => void
}

/**
 * Renews the leases of everything that runs here (J3). Two clocks are at work: the database's decides when a lease is over,
 * the monotonic clock of this process decides how long it may be believed in when the database does not answer. A process
 * that was stopped past its lease (SIGSTOP) finds the trust used up at its first tick and stops its work. In a machine that
 * slept the monotonic clock may have stood still (it does on Linux): the desktop tells for how long (`noteSleep`); elsewhere the
 * first renewal after waking tells.
 */
export class LeaseKeeper {
  readonly #settings: LeaseKeeperSettings
  #renewing: Promise<void> | null = null
  #again = false

  constructor(settings: LeaseKeeperSettings) {
    this.#settings = settings
  }

  start(): void {
    this.#armRenewal()
    this.#armTrust()
  }

  async stop(): Promise<void> {
    this.#settings.clockwork.disarm('renew')
    this.#settings.clockwork.disarm('trust')
    await this.#renewing
  }

  /** Renews now, for instance because a cancel request may be waiting (J11). */
  renew(): Promise<void> {
    if (this.#renewing) {
      this.#again = true
      return this.#renewing
    }
    this.#renewing = this.#renewAll().finally(() => {
      this.#renewing = null
      if (!this.#again) return
      this.#again = false
      void this.renew()
    })
    return this.#renewing
  }

  /** Aborts every run whose lease can no longer be trusted. */
  checkTrust(): void {
    const { clock, trustSeconds, executions } = this.#settings
    const oldest = clock.monotonic() - trustSeconds * 1000
    for (const execution of executions.values()) {
      if (execution.leaseAskedAt < oldest) abortAsLost(execution)
    }
  }

  /** Time that passed for the database and not for the monotonic clock counts against every lease that is held, ms. */
  noteSleep(hiddenMs: number): void {
    for (const execution of this.#settings.executions.values()) execution.leaseAskedAt -= hiddenMs
    this.checkTrust()
  }

  #armRenewal(): void {
    const { clockwork, renewSeconds } = this.#settings
    clockwork.arm('renew', renewSeconds * 1000, async () => {
      this.#armRenewal()
      this.checkTrust()
      await this.renew()
    })
  }

  #armTrust(): void {
    const { clockwork, trustSeconds, renewSeconds } = this.#settings
    clockwork.arm('trust', Math.max(250, (trustSeconds - renewSeconds) * 250), () => {
      this.#armTrust()
      this.checkTrust()
    })
  }

  async #renewAll(): Promise<void> {
    const { database, clock, executions, leaseSeconds, now, onTrouble } = this.#settings
    const held = [...executions.values()]
    if (held.length === 0) return
    const askedAt = clock.monotonic()
    try {
      const leases = await renewLeases(
        database,
        held.map((execution) => execution.run),
        leaseSeconds,
        now(),
      )
      const answered = new Map(leases.map((lease) => [lease.runId, lease]))
      for (const execution of held) {
        const lease = answered.get(execution.run.runId)
        if (!lease) {
          // Missing also when its own end was written meanwhile; then it is no longer among the executions.
          if (executions.get(execution.run.runId) === execution) abortAsLost(execution)
          continue
        }
        execution.leaseAskedAt = askedAt
        if (lease.cancelRequested) {
          const by = lease.cancelRequestedBy ? ` by ${lease.cancelRequestedBy}` : ''
          execution.abort(new RunAborted('cancelled', `Cancelled${by}.`))
        }
      }
    } catch (error) {
      onTrouble(`Leases of ${held.length} runs could not be renewed: ${describeError(error)}`)
    }
  }
}

function abortAsLost(execution: RunExecution): void {
  execution.abort(new RunAborted('lease_lost', 'The lease of this run is lost; another agent may have taken it over.'))
}
