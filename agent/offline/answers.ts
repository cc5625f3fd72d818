import { crc32 } from 'node:zlib'
import type { Clock } from '../../shared/clock.ts'
import type { AnswerStore, StoredAnswer } from '../console/answer-store.ts'
import type { OfflineStore } from './offline-store.ts'
import type { Section } from './section.ts'
import type { Subject } from './subject.ts'

export const keptAnswers: Subject = {
  name: 'answers',
  steps: [
    `create table answers (
      key text primary key,
      call text not null,
      as_of integer not null,
      kept_at integer not null,
      document text not null,
      size integer not null,
      checksum integer not null
    ) strict;
    create index answers_age on answers (kept_at, size)`,
  ],
  // Postgres has it all.
  precious: [],
  isDurable: false,
  shed: (section) => removeOldest(section, 100),
}

/** Together. Well below the limit of the file, which others need more. */
const mostCharacters = 24 * 1024 ** 2
const mostAnswers = 3_000
/** What nobody has asked for since is not what anybody wants to see. */
const longestMs = 30 * 24 * 3_600_000

interface AnswerRow {
  readonly call: string
  /** By the database's clock, ms. */
  readonly asOf: number
  readonly document: string
  readonly checksum: number
}

/** O1 on SQLite. */
export class StoredAnswers implements AnswerStore {
  readonly #store: OfflineStore
  readonly #clock: Clock

  constructor(store: OfflineStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  keep(answers: readonly StoredAnswer[]): boolean {
    const keptAt = this.#clock.now().getTime()
    const work = (section: Section): boolean => {
      for (const answer of answers) keepAnswer(section, answer, keptAt)
      prune(section, keptAt)
      return true
    }
    return this.#store.run(keptAnswers, work, false)
  }

  find(key: string): StoredAnswer | null {
    const statement = 'select call, as_of as "asOf", document, checksum from answers where key = ?'
    const [row] = this.#store.run(keptAnswers, (section) => section.all<AnswerRow>(statement, [key]), [])
    if (row === undefined || crc32(row.document) !== row.checksum) return null
    return { key, call: row.call, asOf: new Date(row.asOf), document: row.document }
  }

  hasAny(): boolean {
    const work = (section: Section): boolean => section.all('select 1 from answers limit 1').length > 0
    return this.#store.run(keptAnswers, work, false)
  }

  clear(): void {
    this.#store.run(keptAnswers, (section) => section.change('delete from answers'), 0)
  }
}

function keepAnswer(section: Section, { key, call, asOf, document }: StoredAnswer, keptAt: number): void {
  section.change(
    'insert or replace into answers (key, call, as_of, kept_at, document, size, checksum) values (?, ?, ?, ?, ?, ?, ?)',
    [key, call, asOf.getTime(), keptAt, document, document.length, crc32(document)],
  )
}

function prune(section: Section, now: number): void {
  section.change('delete from answers where kept_at < ?', [now - longestMs])
  for (;;) {
    const [sum] = section.all<{ answers: number; characters: number | null }>(
      'select count(*) as answers, sum(size) as characters from answers',
    )
    const isWithin = (sum?.answers ?? 0) <= mostAnswers && (sum?.characters ?? 0) <= mostCharacters
    if (isWithin || !removeOldest(section, 50)) return
  }
}

/** False when there are none. */
function removeOldest(section: Section, count: number): boolean {
  const oldest = 'select key from answers order by kept_at limit ?'
  return section.change(`delete from answers where key in (${oldest})`, [count]) > 0
}
