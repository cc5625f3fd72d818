import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type OfflineStore, openOfflineStore, type StoreLimits } from '../../../agent/offline/offline-store.ts'
import type { Subject } from '../../../agent/offline/subject.ts'
import { startProcess } from '../../support/child-process.ts'
import { TestClock } from '../../support/clock.ts'
import { addNote, addNotes, addPicture, notes, noteTexts, pictures } from '../../support/offline-notes.ts'
import { mountSmallDisk } from '../../support/small-disk.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'

let folder: TemporaryFolder
let file: string
let clock: TestClock
let log: string[]
let stores: OfflineStore[]
beforeEach(async () => {
  folder = await temporaryFolder()
  file = join(folder.path, 'offline.sqlite')
  clock = new TestClock()
  log = []
  stores = []
})
afterEach(async () => {
  for (const store of stores) store.close()
  await folder.remove()
})

async function open(
  options: { at?: string; subjects?: readonly Subject[]; limits?: Partial<StoreLimits> } = {},
): Promise<OfflineStore> {
  const { at = folder.path, subjects = [pictures, notes], limits = {} } = options
  const onLog = ({ message }: { message: string }): void => void log.push(message)
  const store = await openOfflineStore({ folder: at, subjects, clock, onLog, limits })
  stores.push(store)
  return store
}

/** Closed in good order, with these notes in it. */
async function storeWith(texts: readonly string[]): Promise<void> {
  const store = await open()
  addNotes(store, texts)
  store.close()
  log = []
}

function overwrite(position: number, bytes: Buffer): void {
  const descriptor = openSync(file, 'r+')
  writeSync(descriptor, bytes, 0, bytes.length, position)
  closeSync(descriptor)
}

function filesAside(): string[] {
  return readdirSync(folder.path).filter((name) => name.includes('.corrupt-') && !name.endsWith('-wal'))
}

const many = Array.from({ length: 2_000 }, (_, number) => `note ${number} ${'.'.repeat(100)}`)

describe('the store on this device', () => {
  test('O4: what is kept is there at the next start, readable by its owner only', async () => {
    const store = await open()
    expect(store.report).toEqual({
      file,
      bytes: store.report.bytes,
      limitBytes: 64 * 1024 ** 2,
      isUsable: true,
      reason: null,
      loss: null,
    })
    expect(addNote(store, 'one')).toBe(true)
    expect(statSync(`${file}-wal`).mode & 0o777).toBe(0o600)
    store.close()
    expect(noteTexts(await open())).toEqual(['one'])
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(log).toEqual([])
  })

  test('O4: a transaction is all or nothing, and an error of its own work reaches whoever asked', async () => {
    const store = await open()
    const failing = (): unknown =>
      store.run(
        notes,
        (section) => {
          section.change("insert into notes (text) values ('half')")
          throw new Error('thought better of it')
        },
        null,
      )
    expect(failing).toThrow('thought better of it')
    expect(noteTexts(store)).toEqual([])
  })

  test('O4: a statement of ours that is wrong is refused with the reason, and the store goes on', async () => {
    const store = await open()
    expect(store.run(notes, (section) => section.all('select * from unknown_table'), 'refused')).toBe('refused')
    expect(store.report.reason).toContain('no such table: unknown_table')
    expect(addNote(store, 'after')).toBe(true)
    clock.advance(61_000)
    expect(noteTexts(store)).toEqual(['after'])
    expect(store.report).toMatchObject({ isUsable: true, reason: null })
  })

  test('O4: a subject that a later version adds, and a step that it appends, keep what is there', async () => {
    await storeWith(['older'])
    const later: Subject = {
      ...notes,
      steps: [...notes.steps, "alter table notes add column mark text default 'none'"],
    }
    const added: Subject = {
      name: 'added',
      steps: ['create table added (id integer) strict'],
      precious: [],
      isDurable: false,
    }
    const store = await open({ subjects: [pictures, later, added] })
    expect(store.run(later, (section) => section.all('select text, mark from notes'), null)).toEqual([
      { text: 'older', mark: 'none' },
    ])
    expect(store.run(added, (section) => section.all('select * from added'), null)).toEqual([])
  })

  test('fault 22: killed in the middle of a transaction: what was committed is there, what was not is not, and it is whole', async () => {
    const child = startProcess(join(import.meta.dirname, 'store-process.ts'), [folder.path, 'die in a transaction'])
    expect(await child.line()).toBe('ready')
    child.kill('SIGKILL')
    await child.exited
    expect(noteTexts(await open())).toEqual(['committed'])
    expect(log).toEqual([])
  })
})

describe('fault 22: the file is not what it was', () => {
  test('fault 22: its header is overwritten: set aside, begun anew, told once, usable at once', async () => {
    await storeWith(['lost'])
    overwrite(0, Buffer.alloc(100, 0xff))
    const store = await open()
    expect(addNote(store, 'new')).toBe(true)
    expect(noteTexts(store)).toEqual(['new'])
    expect(log).toEqual([expect.stringContaining('was damaged')])
    expect(store.report).toMatchObject({ isUsable: true, reason: null })
    expect(log).toEqual([`${store.report.loss} (${file})`])
    expect(filesAside()).toHaveLength(1)
    store.close()
    log = []
    expect(noteTexts(await open())).toEqual(['new'])
    expect(log).toEqual([])
  })

  test('fault 22: garbage in the middle, where a count would still come out right: noticed at the start, the rest is carried over', async () => {
    await storeWith(many)
    overwrite(20 * 4_096, Buffer.alloc(16_384, 0xa5))
    const store = await open()
    expect(log).toEqual([expect.stringMatching(/was damaged.* \d+ of its entries could be carried over/)])
    const texts = noteTexts(store) ?? []
    expect(texts.length).toBeGreaterThan(many.length / 2)
    expect(texts.length).toBeLessThan(many.length)
    expect(many).toEqual(expect.arrayContaining(texts))
    // From both sides of the damage.
    expect(texts[0]).toBe(many[0])
    expect(texts.at(-1)).toBe(many.at(-1))
  })

  test('fault 22: truncated: set aside, begun anew with what is left', async () => {
    await storeWith(many)
    truncateSync(file, 10 * 4_096 + 100)
    const store = await open()
    expect(store.report).toMatchObject({ isUsable: true })
    expect(store.report.loss).toContain('was damaged')
    expect(addNote(store, 'new')).toBe(true)
  })

  test.each(['emptied', 'removed', 'shorter than a header'] as const)(
    'fault 22: the file is %s: not taken for a first start',
    async (how) => {
      await storeWith(['lost'])
      if (how === 'removed') renameSync(file, `${file}.elsewhere`)
      else truncateSync(file, how === 'emptied' ? 0 : 50)
      const store = await open()
      expect(noteTexts(store)).toEqual([])
      expect(addNote(store, 'new')).toBe(true)
      expect(log).toHaveLength(1)
      expect(store.report.loss).toContain('begun anew')
    },
  )

  test('fault 22: damaged while it is in use: the operation that finds out is done on the new file', async () => {
    // More than the connection keeps in memory.
    await storeWith(many.map((text) => text.padEnd(2_000, '.')))
    const store = await open()
    overwrite(4_096, Buffer.alloc(statSync(file).size - 4_096, 0xa5))
    expect(noteTexts(store)).not.toBeNull()
    expect(log).toEqual([expect.stringContaining('was damaged')])
    expect(addNote(store, 'new')).toBe(true)
    expect(noteTexts(store)?.at(-1)).toBe('new')
    expect(store.report).toMatchObject({ isUsable: true })
    expect(log).toEqual([`${store.report.loss} (${file})`])
  })

  test('fault 22: a file of a newer version is not touched; the agent works without it and says so', async () => {
    await storeWith(['of the newer one'])
    const version = Buffer.alloc(4)
    version.writeUInt32BE(999)
    overwrite(60, version)
    const before = statSync(file)
    const store = await open()
    expect(addNote(store, 'new')).toBe(false)
    expect(noteTexts(store)).toBeNull()
    expect(store.report).toMatchObject({ isUsable: false, loss: null })
    expect(store.report.reason).toContain('newer version')
    expect(log).toEqual([`${store.report.reason} (${file})`])
    store.close()
    const after = statSync(file)
    expect([after.mtimeMs, after.size, after.ino]).toEqual([before.mtimeMs, before.size, before.ino])
    expect(existsSync(`${file}-wal`)).toBe(false)
    overwrite(60, Buffer.from([0, 0, 0, 2]))
    expect(noteTexts(await open())).toEqual(['of the newer one'])
  })

  test('fault 22: a subject with a step that only a newer version knows makes the file a newer one', async () => {
    const newer: Subject = { ...notes, steps: [...notes.steps, 'create table later (id integer) strict'] }
    ;(await open({ subjects: [newer] })).close()
    const store = await open({ subjects: [notes, { ...pictures, steps: [...pictures.steps, 'select 1'] }] })
    expect(store.report).toMatchObject({ isUsable: false })
    expect(store.report.reason).toContain('newer version')
  })

  test('fault 22: a file of another program is set aside, not written to', async () => {
    const { DatabaseSync } = await import('node:sqlite')
    const foreign = new DatabaseSync(file)
    foreign.exec('create table theirs (id integer)')
    foreign.close()
    const store = await open()
    expect(addNote(store, 'ours')).toBe(true)
    const [aside = ''] = filesAside()
    const theirs = new DatabaseSync(join(folder.path, aside), { readOnly: true })
    expect(theirs.prepare('select name from sqlite_schema').all()).toMatchObject([{ name: 'theirs' }])
    theirs.close()
  })

  test('fault 22: damaged again and again: only the latest two files are kept', async () => {
    await storeWith(['lost'])
    for (let time = 0; time < 4; time += 1) {
      overwrite(0, Buffer.alloc(100, 0xff))
      clock.advance(1_000)
      ;(await open()).close()
    }
    expect(filesAside()).toHaveLength(2)
  })
})

describe('fault 21: the file cannot be written', () => {
  test('fault 21: open in a second process: the agent works without it, and again with it when that one is gone', async () => {
    const other = startProcess(join(import.meta.dirname, 'store-process.ts'), [folder.path, 'hold'])
    expect(await other.line()).toBe('ready')
    const store = await open()
    expect(addNote(store, 'too early')).toBe(false)
    expect(addNote(store, 'too early')).toBe(false)
    expect(store.report).toMatchObject({ isUsable: false })
    expect(store.report.reason).toContain('open in another process')
    expect(log).toEqual([`${store.report.reason} (${file})`])
    other.kill('SIGKILL')
    await other.exited
    clock.advance(10_000)
    expect(addNote(store, 'now')).toBe(true)
    expect(store.report).toMatchObject({ isUsable: true, reason: null })
    expect(log.at(-1)).toContain('works again')
  })

  test.each(['folder', 'file'] as const)('fault 21: a read-only %s', async (what) => {
    await storeWith(['kept'])
    if (process.getuid?.() === 0) {
      chownSync(folder.path, 65_534, 65_534)
      for (const name of readdirSync(folder.path)) chownSync(join(folder.path, name), 65_534, 65_534)
    }
    chmodSync(what === 'folder' ? folder.path : file, what === 'folder' ? 0o555 : 0o444)
    await using child = startProcess(join(import.meta.dirname, 'store-process.ts'), [folder.path, 'try as nobody'])
    const found: unknown = JSON.parse(await child.line())
    expect(found).toMatchObject({
      kept: false,
      texts: null,
      report: { isUsable: false },
      log: [expect.stringContaining('cannot be written')],
    })
    expect(await child.exited).toMatchObject({ code: 0 })
    chmodSync(folder.path, 0o711)
    chmodSync(file, 0o600)
    expect(noteTexts(await open())).toEqual(['kept'])
  })

  test('fault 21: the folder is a file: said, nothing thrown', async () => {
    const at = join(folder.path, 'taken')
    writeFileSync(at, '')
    const store = await open({ at })
    expect(addNote(store, 'new')).toBe(false)
    expect(store.report).toMatchObject({ isUsable: false })
    expect(store.report.reason).toContain('EEXIST')
  })

  test('fault 21: the quota is reached: pictures give way to notes, the oldest first', async () => {
    const store = await open({ limits: { fileBytes: 1024 ** 2 } })
    for (let number = 0; number < 300; number += 1) expect(addPicture(store, 10_000)).toBe(true)
    for (let number = 0; number < 80; number += 1) expect(addNote(store, 'n'.repeat(10_000))).toBe(true)
    expect(noteTexts(store)).toHaveLength(80)
    expect(statSync(file).size).toBeLessThanOrEqual(1024 ** 2)
    expect(store.report).toMatchObject({ isUsable: true, reason: null })
  })

  test('fault 21: the quota is full of what cannot be spared: refused with the reason, and what is there stays', async () => {
    const store = await open({ limits: { fileBytes: 1024 ** 2 } })
    let kept = 0
    while (addNote(store, 'n'.repeat(10_000))) kept += 1
    expect(kept).toBeGreaterThan(50)
    expect(store.report).toMatchObject({ isUsable: true })
    expect(store.report.reason).toContain('no room left')
    expect(noteTexts(store)).toHaveLength(kept)
    expect(log).toEqual([`${store.report.reason} (${file})`])
    // Delivered and deleted: there is room again.
    expect(store.run(notes, (section) => section.change('delete from notes where id <= 10'), null)).toBe(10)
    expect(addNote(store, 'n'.repeat(10_000))).toBe(true)
  })

  test('fault 21: the disk is full: the ballast goes, notes are still kept and can be deleted; with room it is laid in again', async (context) => {
    await using disk = await mountSmallDisk(12)
    if (disk === null) {
      context.skip('this user may not mount a small disk')
      return
    }
    const at = join(disk.path, 'store')
    const store = await open({ at, limits: { ballastBytes: 1024 ** 2 } })
    const ballast = join(at, 'offline.sqlite.ballast')
    expect(statSync(ballast).size).toBe(1024 ** 2)
    expect(addNote(store, 'before')).toBe(true)
    const filler = join(disk.path, 'filler')
    fillUp(filler)
    for (let number = 0; number < 20; number += 1) expect(addNote(store, 'n'.repeat(10_000))).toBe(true)
    expect(existsSync(ballast)).toBe(false)
    while (addNote(store, 'n'.repeat(10_000))) expect(store.report.isUsable).toBe(true)
    expect(store.report.reason).toContain('no room left')
    const length = noteTexts(store)?.length ?? 0
    expect(length).toBeGreaterThan(20)
    truncateSync(filler, 0)
    clock.advance(61_000)
    expect(addNote(store, 'after')).toBe(true)
    expect(noteTexts(store)).toHaveLength(length + 1)
    expect(existsSync(ballast)).toBe(true)
    expect(store.report).toMatchObject({ isUsable: true, reason: null })
    store.close()
  })

  test('fault 21: the file is moved away while it is open: said, and a new one is begun', async () => {
    const store = await open()
    addNote(store, 'one')
    renameSync(file, `${file}.elsewhere`)
    addNote(store, 'two')
    clock.advance(10_000)
    expect(addNote(store, 'three')).toBe(true)
    expect(noteTexts(store)?.at(-1)).toBe('three')
  })
})

/** To the last byte. */
function fillUp(path: string): void {
  const descriptor = openSync(path, 'w')
  try {
    for (let size = 1024 ** 2; size >= 1; size = Math.floor(size / 2)) {
      while (fits(descriptor, size));
    }
  } finally {
    closeSync(descriptor)
  }
}

function fits(descriptor: number, bytes: number): boolean {
  try {
    return writeSync(descriptor, Buffer.alloc(bytes)) === bytes
  } catch {
    return false
  }
}
