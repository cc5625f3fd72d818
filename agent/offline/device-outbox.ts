import type { Clock } from '../../shared/clock.ts'
import type { DeviceHistoryEntry, DeviceMessage, DeviceOutbox } from '../incidents/device-outbox.ts'
import type { OfflineStore } from './offline-store.ts'
import type { Section } from './section.ts'
import type { Subject } from './subject.ts'

type State = DeviceHistoryEntry['state']

export const deviceMessages: Subject = {
  name: 'device_messages',
  steps: [
    `create table device_messages (
      seq integer primary key autoincrement,
      id text not null unique,
      title text not null,
      body text not null,
      severity text not null,
      place text not null,
      incident_id text,
      state text not null default 'pending',
      showings integer not null default 0,
      failure text,
      taken_at integer not null
    ) strict;
    create index device_messages_state on device_messages (state, seq);
    create table device_cursor (one integer primary key check (one = 1), cursor text) strict`,
  ],
  precious: ['device_messages', 'device_cursor'],
  // Without power a message may be shown once more.
  isDurable: false,
  // The history first, then good news; what is wrong is never dropped.
  shed: (section) =>
    section.change(
      `delete from device_messages where seq in (
        select seq from device_messages where state in ('shown', 'failed') or severity = 'resolved' and state = 'pending'
        order by state = 'pending', seq limit 50
      )`,
    ) > 0,
}

/** Messages that are done with are kept for the history up to this many. */
const mostHistory = 500
/** After a crash between showing and shown it is shown once more, not for ever. */
const mostShowings = 2

const columns = 'id, title, body, severity, place, incident_id as "incidentId", state, failure, taken_at as "takenAt"'

interface MessageRow extends Omit<DeviceHistoryEntry, 'takenAt'> {
  /** Wall-clock ms. */
  readonly takenAt: number
}

interface Change {
  readonly state: State
  readonly failure: string | null
}

/**
 * N4 on SQLite. What the store could not be told (its disk is full, say) is held in memory and told with the next operation that
 * works, so that a message is neither lost nor shown twice while this process lives.
 */
export class StoredDeviceOutbox implements DeviceOutbox {
  readonly #store: OfflineStore
  readonly #clock: Clock
  readonly #untoldMessages = new Map<string, MessageRow>()
  readonly #untoldChanges = new Map<string, Change>()
  #untoldCursor: string | null = null
  #isTakenUp = false

  constructor(store: OfflineStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
    this.#tell(() => undefined)
  }

  cursor(): string | null {
    if (this.#untoldCursor !== null) return this.#untoldCursor
    const rows = this.#read((section) => section.all<{ cursor: string | null }>('select cursor from device_cursor'))
    return rows[0]?.cursor ?? null
  }

  take(messages: readonly DeviceMessage[], cursor: string): void {
    const takenAt = this.#clock.now().getTime()
    const rows = messages.map((message): MessageRow => ({ ...message, state: 'pending', failure: null, takenAt }))
    const work = (section: Section): void => {
      for (const row of rows) insertMessage(section, row)
      setCursor(section, cursor)
      pruneHistory(section)
    }
    // Behind the cursor nothing may be missing, so it does not overtake what is still to be told.
    if (this.#tellUntold() && this.#tell(work)) return
    for (const row of rows) if (!this.#isKnown(row.id)) this.#untoldMessages.set(row.id, row)
    this.#untoldCursor = cursor
    this.#pruneUntold()
  }

  pending(limit: number): DeviceMessage[] {
    const stored = this.#read((section) =>
      section.all<MessageRow>(`select ${columns} from device_messages where state = 'pending' order by seq limit ?`, [
        limit + this.#untoldChanges.size,
      ]),
    )
    return [...stored, ...this.#untoldMessages.values()]
      .filter(({ id, state }) => (this.#untoldChanges.get(id)?.state ?? state) === 'pending')
      .slice(0, limit)
      .map(({ state: _state, failure: _failure, takenAt: _takenAt, ...message }) => message)
  }

  showing(id: string): void {
    this.#change(id, { state: 'showing', failure: null })
  }

  shown(id: string): void {
    this.#change(id, { state: 'shown', failure: null })
  }

  failed(id: string, reason: string): void {
    this.#change(id, { state: 'failed', failure: reason })
  }

  history(limit: number): DeviceHistoryEntry[] {
    const stored = this.#read((section) =>
      section.all<MessageRow>(`select ${columns} from device_messages order by seq desc limit ?`, [limit]),
    )
    return [...[...this.#untoldMessages.values()].toReversed(), ...stored]
      .slice(0, limit)
      .map((row) => ({ ...row, ...this.#untoldChanges.get(row.id), takenAt: new Date(row.takenAt) }))
  }

  /**
   * Fault 30: the database is another one, or an older copy of itself, and counts its events anew. What was still to be shown is not
   * shown any more, the history stays, and the next event is one of a new device's: nothing from before is told.
   */
  startAnew(): void {
    this.#forgetUntold()
    this.#tell((section) => {
      section.change(
        `update device_messages set state = 'failed', failure = 'The database was replaced before this was shown.'
         where state in ('pending', 'showing')`,
      )
      // Its numbers will be used again, for something else.
      section.change("update device_messages set id = id || ' (before ' || seq || ')'")
      section.change('delete from device_cursor')
    })
  }

  #change(id: string, change: Change): void {
    this.#tellUntold()
    const isTold = !this.#untoldMessages.has(id) && this.#tell((section) => changeMessage(section, id, change))
    if (isTold) this.#untoldChanges.delete(id)
    else this.#untoldChanges.set(id, change)
  }

  /** False while the store does not take what it could not be told before. */
  #tellUntold(): boolean {
    if (this.#untoldMessages.size + this.#untoldChanges.size === 0 && this.#untoldCursor === null) return true
    const isTold = this.#tell((section) => {
      for (const row of this.#untoldMessages.values()) insertMessage(section, row)
      for (const [id, change] of this.#untoldChanges) changeMessage(section, id, change)
      if (this.#untoldCursor !== null) setCursor(section, this.#untoldCursor)
    })
    if (isTold) this.#forgetUntold()
    return isTold
  }

  #forgetUntold(): void {
    this.#untoldMessages.clear()
    this.#untoldChanges.clear()
    this.#untoldCursor = null
  }

  /** False when the store did not take it. */
  #tell(work: (section: Section) => void): boolean {
    const did = (section: Section): boolean => {
      // With the first thing it takes: it need not have been usable from the start.
      if (!this.#isTakenUp) takeUpUnfinished(section)
      work(section)
      return true
    }
    const isTold = this.#store.run(deviceMessages, did, false)
    this.#isTakenUp ||= isTold
    return isTold
  }

  #read<Row>(work: (section: Section) => Row[]): Row[] {
    return this.#store.run(deviceMessages, work, [])
  }

  #isKnown(id: string): boolean {
    if (this.#untoldMessages.has(id)) return true
    return this.#read((section) => section.all('select 1 from device_messages where id = ?', [id])).length > 0
  }

  #pruneUntold(): void {
    const done = [...this.#untoldMessages.keys()].filter((id) => isDone(this.#untoldChanges.get(id)?.state))
    for (const id of done.slice(0, -mostHistory)) {
      this.#untoldMessages.delete(id)
      this.#untoldChanges.delete(id)
    }
  }
}

function isDone(state: State | undefined): boolean {
  return state === 'shown' || state === 'failed'
}

/** The process before this one ended while these were being shown. */
function takeUpUnfinished(section: Section): void {
  section.change(
    `update device_messages set state = 'failed', failure = 'The program ended each time while this was being shown.'
     where state = 'showing' and showings >= ?`,
    [mostShowings],
  )
  section.change("update device_messages set state = 'pending' where state = 'showing'")
}

/** Leaves out what was taken before. */
function insertMessage(section: Section, message: MessageRow): void {
  const { id, title, body, severity, place, incidentId, takenAt } = message
  section.change(
    `insert or ignore into device_messages (id, title, body, severity, place, incident_id, taken_at)
     values (?, ?, ?, ?, ?, ?, ?)`,
    [id, title, body, severity, place, incidentId, takenAt],
  )
}

function changeMessage(section: Section, id: string, { state, failure }: Change): void {
  section.change(
    "update device_messages set state = ?, failure = ?, showings = showings + (? = 'showing') where id = ?",
    [state, failure, state, id],
  )
}

function setCursor(section: Section, cursor: string): void {
  section.change('insert or replace into device_cursor (one, cursor) values (1, ?)', [cursor])
}

function pruneHistory(section: Section): void {
  section.change(
    `delete from device_messages where seq in (
      select seq from device_messages where state in ('shown', 'failed') order by seq desc limit -1 offset ?
    )`,
    [mostHistory],
  )
}
