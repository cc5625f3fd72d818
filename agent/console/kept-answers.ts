import { createHash } from 'node:crypto'
import { deserialize, serialize } from 'node:v8'
import { canonicalJson } from '../../shared/json.ts'
import type { AnswerStore, StoredAnswer } from './answer-store.ts'
import type { Identity } from './context.ts'
import { type Fields, peculiarities } from './peculiar-answers.ts'

/** A question of somebody. */
export interface Question {
  /** `jobs.list` */
  readonly call: string
  /** As the contract has checked it, defaults and all: two forms of one question have one answer. */
  readonly input: unknown
  readonly identity: Identity
}

export interface KeptAnswer {
  readonly answer: unknown
  /** When it was true, by the database's clock. */
  readonly asOf: Date
}

export interface KeptAnswersOptions {
  readonly store: AnswerStore
  /** Whose answers are meant, of which database by which program: what one says is not true of another. */
  readonly place: string
  /** The database's clock. */
  readonly now: () => Date
}

interface Noted extends KeptAnswer {
  readonly call: string
}

/**
 * Answers gather this long before they are written to the device, ms: a page that follows a busy system asks the same a few times a
 * second. A process that is killed loses what it noted since.
 */
const gatherMs = 5_000
/** Of one answer as text; what is larger is read once and not worth the room. */
const mostCharacters = 1024 ** 2
/** Written in one go; the event loop has its turn in between. */
const atOnce = 4
/** What is held here when the device takes nothing: what the tabs of an organization or two show. */
const mostNoted = 200

/**
 * What people were answered, so that they can be answered the same while the database is away (O1). Noting an answer costs next to
 * nothing: it is serialised and written later, and only the latest to each question.
 */
export class KeptAnswers {
  readonly #options: KeptAnswersOptions
  /** Not written yet, the oldest first. */
  readonly #noted = new Map<string, Noted>()
  #timer: NodeJS.Timeout | null = null
  #stopped = false

  constructor(options: KeptAnswersOptions) {
    this.#options = options
  }

  /** Streams are not kept. */
  keep(question: Question, answer: unknown): void {
    const { call } = question
    if (this.#stopped || !isKeepable(answer)) return
    const key = this.#keyOf(question)
    // Set anew, so that it is the newest in the order as well.
    this.#noted.delete(key)
    this.#noted.set(key, { call, answer, asOf: this.#options.now() })
    this.#timer ??= setTimeout(() => this.#writeSome(), gatherMs)
  }

  /** Null when nothing was answered yet, or it has given way to newer answers. */
  find(question: Question): KeptAnswer | null {
    const key = this.#keyOf(question)
    const found = this.#noted.get(key) ?? this.#read(key)
    if (found === null) return null
    const { answer, asOf } = found
    const forCaller = peculiarities[question.call]?.forCaller
    return { answer: forCaller === undefined ? answer : forCaller(answer as Fields, question.identity), asOf }
  }

  /** Whether anybody was ever answered here. */
  get hasAny(): boolean {
    return this.#noted.size > 0 || this.#options.store.hasAny()
  }

  /** The database is another one. */
  clear(): void {
    this.#noted.clear()
    this.#options.store.clear()
  }

  /** Writes what is noted. Nothing is kept after it. */
  stop(): void {
    this.#stopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#write([...this.#noted.keys()])
  }

  #writeSome(): void {
    this.#timer = null
    const isTaken = this.#write([...this.#noted.keys()].slice(0, atOnce))
    if (this.#noted.size === 0) return
    if (!isTaken) for (const key of [...this.#noted.keys()].slice(0, -mostNoted)) this.#noted.delete(key)
    this.#timer = setTimeout(() => this.#writeSome(), isTaken ? 0 : gatherMs)
  }

  /** False when the device did not take them; they stay noted. */
  #write(keys: readonly string[]): boolean {
    const answers = keys.map((key) => this.#stored(key)).filter((answer) => answer !== null)
    if (!this.#options.store.keep(answers)) return false
    for (const key of keys) this.#noted.delete(key)
    return true
  }

  #stored(key: string): StoredAnswer | null {
    const noted = this.#noted.get(key)
    if (noted === undefined) return null
    const document = serialize(noted.answer).toString('base64')
    return document.length > mostCharacters ? null : { key, call: noted.call, asOf: noted.asOf, document }
  }

  #read(key: string): KeptAnswer | null {
    const stored = this.#options.store.find(key)
    if (stored === null) return null
    try {
      const answer: unknown = deserialize(Buffer.from(stored.document, 'base64'))
      return { answer, asOf: stored.asOf }
    } catch {
      // Newer runtimes read what older ones wrote, not the other way round.
      return null
    }
  }

  #keyOf({ call, input, identity }: Question): string {
    const { place, now } = this.#options
    const question = isFields(input) ? (peculiarities[call]?.question?.(input, now()) ?? input) : input
    const parts = [place, seenBy(identity), call, question ?? null]
    return createHash('sha256').update(canonicalJson(parts)).digest('base64url')
  }
}

/** Of what a caller gets to see: its organization, and whether jobs of nobody's organization are shown to it (access.ts). */
function seenBy({ organizationId, scope }: Identity): readonly unknown[] {
  return [organizationId, organizationId === null && scope === 'admin']
}

function isKeepable(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && !(Symbol.asyncIterator in answer)
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
