import { z } from 'zod'
import { scopes } from '../../shared/contract/base.ts'
import type { CommandStore, KeptCommand } from '../console/command-store.ts'
import type { OfflineStore } from './offline-store.ts'
import type { Subject } from './subject.ts'

export const keptCommands: Subject = {
  name: 'commands',
  steps: [
    `create table commands (
      seq integer primary key autoincrement,
      id text not null unique,
      place text not null,
      call text not null,
      input text not null,
      identity text not null,
      organization_id text,
      asked_at integer not null,
      state text not null,
      message text
    ) strict`,
  ],
  precious: ['commands'],
  isDurable: true,
}

/** Conflicts that nobody reads do not stay for ever. */
const mostConflicts = 200

const columns = `id, call, input, identity, organization_id as "organizationId", asked_at as "askedAt", state, message`

const commandRow = z.object({
  id: z.string(),
  call: z.string(),
  input: z.string().transform(json).pipe(z.record(z.string(), z.json())),
  identity: z
    .string()
    .transform(json)
    .pipe(
      z.object({
        operator: z.string(),
        door: z.enum(['console', 'api']),
        scope: z.enum(scopes),
        organizationId: z.string().nullable(),
        tokenId: z.string().exactOptional(),
      }),
    ),
  organizationId: z.string().nullable(),
  askedAt: z.number().transform((ms) => new Date(ms)),
  state: z.enum(['waiting', 'conflict']),
  message: z.string().nullable(),
})

function json(text: string): unknown {
  return JSON.parse(text)
}

/** O2 on SQLite. Only what is meant for this database is listed; what was asked of another waits for that one. */
export class StoredCommands implements CommandStore {
  readonly #store: OfflineStore
  readonly #place: string

  constructor(store: OfflineStore, place: string) {
    this.#store = store
    this.#place = place
  }

  add({ id, call, input, identity, organizationId, askedAt, state, message }: KeptCommand): boolean {
    const documents = [JSON.stringify(input), JSON.stringify(identity)]
    const statement = `insert into commands (id, place, call, input, identity, organization_id, asked_at, state, message)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?)`
    const values = [id, this.#place, call, ...documents, organizationId, askedAt.getTime(), state, message]
    return this.#store.run(keptCommands, (section) => section.change(statement, values) === 1, false)
  }

  list(): KeptCommand[] {
    const statement = `select ${columns} from commands where place = ? order by seq`
    const rows = this.#store.run(keptCommands, (section) => section.all(statement, [this.#place]), [])
    // What a damaged file gave back is left out rather than done.
    return rows.flatMap((row) => commandOf(row) ?? [])
  }

  conflict(id: string, message: string): void {
    this.#store.run(
      keptCommands,
      (section) => {
        section.change(`update commands set state = 'conflict', message = ? where id = ?`, [message, id])
        section.change(
          `delete from commands where seq in (
            select seq from commands where state = 'conflict' order by seq desc limit -1 offset ?
          )`,
          [mostConflicts],
        )
      },
      undefined,
    )
  }

  remove(id: string): boolean {
    return this.#store.run(
      keptCommands,
      (section) => section.change('delete from commands where id = ?', [id]) > 0,
      false,
    )
  }
}

function commandOf(row: object): KeptCommand | null {
  try {
    return commandRow.parse(row)
  } catch {
    return null
  }
}
