/**
 * A process that works on a store, for tests that kill it, lock it or take its rights. argv: folder, action. It writes `ready` when it
 * is where the test wants it, or what it found as JSON.
 */
import { writeSync } from 'node:fs'
import { openOfflineStore } from '../../../agent/offline/offline-store.ts'
import { systemClock } from '../../../shared/clock.ts'
import { addNote, notes, noteTexts, pictures } from '../../support/offline-notes.ts'

const [folder = '', action = ''] = process.argv.slice(2)

/** Nobody: root may write everywhere. */
if (action === 'try as nobody') {
  process.setgid?.(65_534)
  process.setuid?.(65_534)
}

const log: string[] = []
const store = await openOfflineStore({
  folder,
  subjects: [pictures, notes],
  clock: systemClock,
  onLog: ({ message }) => log.push(message),
})

/** At once, and never to return: the process is killed here. */
function standStill(): never {
  writeSync(1, 'ready\n')
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

if (action === 'hold') standStill()
if (action === 'die in a transaction') {
  addNote(store, 'committed')
  store.run(
    notes,
    (section) => {
      section.change("insert into notes (text) values ('not committed')")
      return standStill()
    },
    null,
  )
}
writeSync(1, `${JSON.stringify({ kept: addNote(store, 'new'), texts: noteTexts(store), report: store.report, log })}\n`)
store.close()
