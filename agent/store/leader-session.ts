import type pg from 'pg'
import { describeError } from '../../shared/errors.ts'
import { beat } from './beat.ts'
import { connectionConfig, type Database, endedOrDropped, type Statement } from './database.ts'
import { leadershipChannel, readSessionFacts } from './leadership.ts'
import { dropConnection, isPooled, SessionClient, type SessionClientConfig } from './session-client.ts'

export interface LeaderSessionSettings {
  readonly url: string
  readonly applicationName: string
  /** How long any answer may take, ms. */
  readonly patienceMs: number
  /** After so much silence the server is to end the session, ms. */
  readonly silenceMs: number
  /** Whoever led has given it up. */
  readonly onVacancy: () => void
  /** The connection is gone; told once, never after `close` or `drop`. */
  readonly onEnd: (reason: string) => void
}

/** The connection of its own on which an agent leads, or waits to. */
export class LeaderSession implements Database {
  readonly #client: pg.Client
  readonly #patienceMs: number
  #isOwn = false
  #isOver = false

  private constructor(client: pg.Client, patienceMs: number) {
    this.#client = client
    this.#patienceMs = patienceMs
  }

  /** Throws when the database cannot be reached. */
  static async open(settings: LeaderSessionSettings): Promise<LeaderSession> {
    const { patienceMs, onVacancy, onEnd } = settings
    const client = new SessionClient({ ...leaderConfig(settings), connectionTimeoutMillis: patienceMs })
    client.on('error', () => undefined)
    const session = new LeaderSession(client, patienceMs)
    try {
      await client.connect()
      session.#isOwn = await session.#findOut(settings.silenceMs)
      if (session.#isOwn) await client.query(`listen ${leadershipChannel}`)
    } catch (error) {
      session.drop()
      throw error
    }
    client.on('notification', onVacancy)
    session.#watch(onEnd)
    return session
  }

  /**
   * Whether what this session locks says that this agent lives: the session is its own, and the server ends it when it falls silent.
   * False behind a pooler.
   */
  get isOwn(): boolean {
    return this.#isOwn
  }

  async query<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    const { rows } = await this.#client.query<Row & pg.QueryResultRow>({ ...statement, values: [...values] })
    return rows
  }

  /** Proves that the session lives, at no cost for the database. Rejects when it does not. */
  beat(): Promise<void> {
    return beat(this.#client, this.#patienceMs)
  }

  /** Says goodbye; complete when it resolves. */
  async close(): Promise<void> {
    this.#isOver = true
    await endedOrDropped(this.#client.end(), () => [this.#client])
  }

  /** Ends the connection without a word: nobody answers on it. */
  drop(): void {
    this.#isOver = true
    dropConnection(this.#client)
  }

  async #findOut(silenceMs: number): Promise<boolean> {
    const facts = await readSessionFacts(this)
    return !isPooled(this.#client, facts.processId) && facts.silenceMs === silenceMs
  }

  #watch(onEnd: (reason: string) => void): void {
    const over = (reason: string): void => {
      if (this.#isOver) return
      this.drop()
      onEnd(reason)
    }
    this.#client.on('error', (error) => over(describeError(error)))
    this.#client.on('end', () => over('the connection was closed'))
  }
}

function leaderConfig({ url, applicationName, patienceMs, silenceMs }: LeaderSessionSettings): SessionClientConfig {
  const usual = connectionConfig({ url, applicationName, purpose: 'console' })
  const session = { statement_timeout: String(patienceMs), idle_session_timeout: String(silenceMs) }
  return { ...usual, query_timeout: patienceMs, session: { ...usual.session, ...session } }
}
