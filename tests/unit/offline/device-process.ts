/** A process that dies while it shows a message. argv: folder. Writes `ready` when it is about to show. */
import { writeSync } from 'node:fs'
import { deviceMessages, StoredDeviceOutbox } from '../../../agent/offline/device-outbox.ts'
import { openOfflineStore } from '../../../agent/offline/offline-store.ts'
import { systemClock } from '../../../shared/clock.ts'
import { deviceMessage } from '../../support/device-message.ts'

const [folder = ''] = process.argv.slice(2)
const onLog = (): void => undefined
const store = await openOfflineStore({ folder, subjects: [deviceMessages], clock: systemClock, onLog })
const outbox = new StoredDeviceOutbox(store, systemClock)
if (outbox.cursor() === null) outbox.take([deviceMessage('1')], '1')
for (const { id } of outbox.pending(10)) outbox.showing(id)
writeSync(1, `ready ${outbox.pending(10).length}\n`)
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
