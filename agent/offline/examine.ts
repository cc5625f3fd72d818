import { existsSync, readFileSync } from 'node:fs'
import { describeError } from '../../shared/errors.ts'
import { loadDriver } from './driver.ts'
import { storeLayout } from './layout.ts'
import { countKept } from './run-outbox.ts'
import { versionOf } from './schema.ts'
import { Section } from './section.ts'
import { inspectFile, sizeOf } from './store-file.ts'
import type { Subject } from './subject.ts'

export interface StoreExamination {
  readonly file: string
  readonly bytes: number
  /**
   * `in_use`: by a running agent, which has it for itself. `left_open`: its agent died; the next one looks through it. `unusable`: with
   * the reason.
   */
  readonly condition: 'absent' | 'in_use' | 'left_open' | 'sound' | 'emptied' | 'damaged' | 'newer' | 'unusable'
  readonly reason: string | null
  /** Null when it was not looked into. */
  readonly waitingResults: number | null
}

/** A copy in memory has no log beside it, so its header must not ask for one. https://sqlite.org/fileformat.html#file_format_version_numbers */
const formatVersions = [18, 20] as const
const rollbackFormat = 1

/** Looks at the store of an agent without changing anything: not the file, nor what lies beside it. Never throws. */
export async function examineStore(
  folder: string,
  subjects: readonly Subject[],
  isAgentRunning: boolean,
): Promise<StoreExamination> {
  const layout = storeLayout(folder)
  const found = { file: layout.file, bytes: 0, reason: null, waitingResults: null }
  try {
    if (!existsSync(folder)) return { ...found, condition: 'absent' }
    const inspected = inspectFile(layout)
    const sized = { ...found, bytes: sizeOf(layout) }
    if (inspected.kind === 'new') return { ...sized, condition: 'absent' }
    if (inspected.kind !== 'present') return { ...sized, condition: inspected.kind }
    if (inspected.version > versionOf(subjects)) return { ...sized, condition: 'newer' }
    if (isAgentRunning) return { ...sized, condition: 'in_use' }
    // What is not merged yet could only be seen by taking part in it.
    if (existsSync(`${layout.file}-wal`)) return { ...sized, condition: 'left_open' }
    return { ...sized, ...(await lookInto(layout.file)) }
  } catch (error) {
    return { ...found, condition: 'unusable', reason: describeError(error) }
  }
}

async function lookInto(file: string): Promise<Pick<StoreExamination, 'condition' | 'reason' | 'waitingResults'>> {
  const driver = await loadDriver()
  // A copy in memory: without locks, and without files beside it that might then belong to another user.
  const bytes = readFileSync(file)
  bytes.fill(rollbackFormat, ...formatVersions)
  const connection = new driver(bytes)
  try {
    const finding = String(connection.pragma('quick_check(1)', { simple: true }))
    if (finding !== 'ok') return { condition: 'damaged', reason: finding, waitingResults: null }
    return { condition: 'sound', reason: null, waitingResults: countKept(new Section(connection)) }
  } catch (error) {
    return { condition: 'damaged', reason: describeError(error), waitingResults: null }
  } finally {
    connection.close()
  }
}
