import { dayIn } from './days.ts'
import type { Restatement } from './delivery.ts'
import { Faults } from './faults.ts'
import { noPermission, unknownObject } from './graph-error.ts'
import { type Account, type AccountSpec, type AdStatus, World } from './world.ts'

export interface SimulationOptions {
  /** 1 unless told; the same seed and the same clock give the same answers. */
  readonly seed?: number
  readonly accounts?: readonly AccountSpec[]
  readonly now?: () => Date
  /** The token that is accepted. */
  readonly token?: string
  /** Rows (days × ads) that a synchronous request may ask for; more is answered with "reduce the amount of data". */
  readonly syncRows?: number
  /** Rows that any request may ask for, asynchronous ones too. */
  readonly mostRows?: number
}

/** A report run: https://developers.facebook.com/docs/marketing-api/insights/best-practices/#asynchronous . */
export interface Report {
  readonly id: string
  readonly account: Account
  readonly query: URLSearchParams
  polls: number
}

/** The state of a simulator: the world, and what happened to it since it started. */
export class Simulation {
  readonly world: World
  readonly faults = new Faults()
  readonly token: string
  readonly syncRows: number
  readonly mostRows: number
  readonly reports = new Map<string, Report>()
  isRevoked = false
  readonly #now: () => Date
  readonly #restated = new Map<string, Restatement>()
  readonly #statuses = new Map<string, AdStatus>()

  constructor(options: SimulationOptions = {}) {
    const { seed = 1, accounts, now = () => new Date(), token = 'simulated-token' } = options
    this.world = accounts === undefined ? new World(seed) : new World(seed, accounts)
    this.token = token
    this.#now = now
    this.syncRows = options.syncRows ?? 500_000
    this.mostRows = options.mostRows ?? 5_000_000
  }

  /** From now on a day of an account shows other numbers, or fewer rows. */
  restate(accountId: string, day: number, restatement: Restatement): void {
    this.#restated.set(`${accountId} ${day}`, restatement)
  }

  restatementOf(account: Account, day: number): Restatement | undefined {
    return this.#restated.get(`${account.id} ${day}`)
  }

  /** From now on an ad has this status. */
  setStatus(adId: string, status: AdStatus): void {
    this.#statuses.set(adId, status)
  }

  statusOf(ad: { readonly id: string; readonly status: AdStatus }): AdStatus {
    return this.#statuses.get(ad.id) ?? ad.status
  }

  /** Today in a time zone, and how much of it is over. */
  today({ timeZone }: Pick<Account, 'timeZone'>): { day: number; passed: number } {
    return dayIn(timeZone, this.#now())
  }

  /** @throws GraphError when there is none, or nobody may see it. */
  account(id: string): Account {
    const account = this.world.account(id)
    if (account === null) throw unknownObject(id)
    if (account.permitted === false) throw noPermission(account.id)
    return account
  }

  addReport(account: Account, query: URLSearchParams): Report {
    const id = `6${String(100_000_000_000_000 + this.reports.size)}`
    const report: Report = { id, account, query, polls: 0 }
    this.reports.set(id, report)
    return report
  }
}
