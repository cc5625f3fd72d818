import { formatDuration } from '../../shared/duration.ts'
import { describeError } from '../../shared/errors.ts'
import type { Catalog, DatasetProbe } from '../jobs/catalog/catalog.ts'
import type { Database } from '../store/database.ts'
import {
  claimDueProbes,
  type DueProbe,
  doubtSuccess,
  recordProbe,
  recordProbeProblem,
} from '../store/dataset-probes.ts'
import type { NamedConnection } from '../store/named-connection.ts'
import { measure } from './probe.ts'

export interface ProbeRoundsOptions {
  readonly database: Database
  readonly catalog: Pick<Catalog, 'datasets' | 'jobTypes'>
  readonly connections: ReadonlyMap<string, NamedConnection>
  readonly agentId: string
  /** Whether the database takes changes now; while it does not, nothing is looked at. */
  readonly mayWrite: () => boolean
  /** How often it is looked for what is due when nothing happens, ms. */
  readonly everyMs: number
  readonly onTrouble: (message: string) => void
}

const probesInOneRound = 50
const atTheSameTime = 2

/**
 * Looks at the data itself, with the probes that this agent's catalog has: after each success, whoever had it, and every so
 * often. A success with which nothing has moved is marked as suspicious (F8): every page, the matrix and incidents show it.
 * An agent whose catalog has no probe does nothing.
 */
export class ProbeRounds {
  readonly #options: ProbeRoundsOptions
  readonly #probes: ReadonlyMap<string, DatasetProbe>
  readonly #stop = new AbortController()
  #timer: NodeJS.Timeout | null = null
  #round: Promise<void> | null = null
  #isWanted = false
  #wasTroubled = false

  constructor(options: ProbeRoundsOptions) {
    this.#options = options
    const probed = [...options.catalog.datasets].flatMap(([key, { probe }]) =>
      probe === null ? [] : [[key, probe] as const],
    )
    this.#probes = new Map(probed)
  }

  /** Something is being measured, or will be at once. */
  get isWorking(): boolean {
    return this.#round !== null
  }

  start(): void {
    if (this.#probes.size === 0 || this.#timer !== null || this.#stop.signal.aborted) return
    this.#timer = setInterval(() => this.poke(), this.#options.everyMs)
    this.poke()
  }

  /** A run of this type has completed. Only one that refreshes what is probed here makes a difference. */
  completed(jobType: string): void {
    const steps = this.#options.catalog.jobTypes.get(jobType)?.steps ?? []
    if (steps.some(({ dataset }) => dataset !== null && this.#probes.has(dataset))) this.poke()
  }

  /** Something may have succeeded. */
  poke(): void {
    if (this.#timer === null || !this.#options.mayWrite()) return
    this.#isWanted = true
    this.#round ??= this.#work().finally(() => {
      this.#round = null
    })
  }

  /** Complete when it resolves; what is being measured is cancelled. Safe twice, safe before start. */
  async stop(): Promise<void> {
    this.#stop.abort()
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    await this.#round
  }

  async #work(): Promise<void> {
    try {
      while (this.#isWanted && !this.#stop.signal.aborted) {
        this.#isWanted = false
        if ((await this.#oneRound()) === probesInOneRound) this.#isWanted = true
      }
      this.#wasTroubled = false
    } catch (error) {
      // Said once; the agent itself tells when the database goes and comes back.
      if (!this.#wasTroubled && !this.#stop.signal.aborted) {
        this.#options.onTrouble(`The probes of datasets cannot be run: ${describeError(error)}`)
      }
      this.#wasTroubled = true
    }
  }

  async #oneRound(): Promise<number> {
    const { database, agentId } = this.#options
    const cadences = new Map([...this.#probes].map(([key, { everyMinutes }]) => [key, everyMinutes]))
    const due = await claimDueProbes(database, agentId, cadences, probesInOneRound)
    const waiting = [...due]
    const lane = async (): Promise<void> => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await this.#probe(one)
    }
    const ended = await Promise.allSettled(Array.from({ length: atTheSameTime }, lane))
    const failed = ended.find((one) => one.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return due.length
  }

  async #probe(due: DueProbe): Promise<void> {
    const { database, connections } = this.#options
    const probe = this.#probes.get(due.dataset)
    if (probe === undefined || this.#stop.signal.aborted) return
    let measured: Awaited<ReturnType<typeof measure>>
    try {
      measured = await measure(probe, due.brandId, connections, this.#stop.signal)
    } catch (error) {
      this.#stop.signal.throwIfAborted()
      return recordProbeProblem(database, due, describeError(error))
    }
    const judged = await recordProbe(database, due, measured)
    if (judged === null || judged.moved !== false || !judged.isNews) return
    const { restedSeconds } = judged
    if (restedSeconds !== null && restedSeconds < probe.mayRestHours * 3_600) return
    const since = restedSeconds === null ? '' : ` for ${formatDuration(restedSeconds * 1_000)}`
    await doubtSuccess(database, due, `It says that it succeeded, but the data has not moved${since}.`)
  }
}
