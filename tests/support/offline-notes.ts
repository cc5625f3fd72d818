/** Two subjects for tests of the store: notes that exist nowhere else, and pictures that can be had again. */
import type { OfflineStore } from '../../agent/offline/offline-store.ts'
import type { Subject } from '../../agent/offline/subject.ts'

export const notes: Subject = {
  name: 'notes',
  steps: ['create table notes (id integer primary key, text text not null) strict'],
  precious: ['notes'],
  isDurable: true,
}

export const pictures: Subject = {
  name: 'pictures',
  steps: ['create table pictures (id integer primary key, bytes text not null) strict'],
  precious: [],
  isDurable: false,
  shed: (section) =>
    section.change('delete from pictures where id in (select id from pictures order by id limit 50)') > 0,
}

/** False when it could not be kept. */
export function addNote(store: OfflineStore, text: string): boolean {
  return store.run(notes, (section) => section.change('insert into notes (text) values (?)', [text]) > 0, false)
}

/** In one transaction. */
export function addNotes(store: OfflineStore, texts: readonly string[]): void {
  store.run(
    notes,
    (section) => texts.forEach((text) => section.change('insert into notes (text) values (?)', [text])),
    null,
  )
}

/** Null when there is no store. */
export function noteTexts(store: OfflineStore): string[] | null {
  const statement = 'select text from notes order by id'
  return store.run(notes, (section) => section.all<{ text: string }>(statement).map(({ text }) => text), null)
}

export function addPicture(store: OfflineStore, characters: number): boolean {
  const bytes = 'x'.repeat(characters)
  return store.run(pictures, (section) => section.change('insert into pictures (bytes) values (?)', [bytes]) > 0, false)
}
