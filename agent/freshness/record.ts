import { isDeepStrictEqual } from 'node:util'
import { v5 as derivedId } from 'uuid'
import type { JsonObject } from '../../shared/domain.ts'
import { firstLine } from '../../shared/error-line.ts'
import { cleanText, Problem } from '../../shared/errors.ts'
import { maskShaped, maskShapedJson } from '../jobs/log/secret-masker.ts'
import { checkName } from '../jobs/names.ts'
import { storableCount, storableJson } from '../jobs/storable.ts'
import type { Brand } from '../store/brands.ts'
import type { DatabasePool } from '../store/database.ts'
import { databaseNow } from '../store/database-clock.ts'
import { lockDatasetStatus, recordOutsideEvent } from '../store/dataset-record.ts'
import type { DatasetStatusRow } from '../store/dataset-status.ts'
import { type Actor, insertOperatorAction } from '../store/operator-actions.ts'

/** F1 to F4 from outside: a program that has no runs here says what it did to a dataset. */
export type Report = { readonly brand: Brand; readonly dataset: string } & (
  | { readonly status: 'running' }
  | {
      readonly status: 'completed'
      readonly happenedAt: string | null
      readonly records: number | null
      readonly metadata: JsonObject
      /** F8: this dataset never has zero records. */
      readonly neverZero: boolean
    }
  | { readonly status: 'failed'; readonly happenedAt: string | null; readonly error: string }
)

const actions = { running: 'dataset.start', completed: 'dataset.success', failed: 'dataset.failure' } as const

/**
 * Writes it, and that it was said. An event that says when it happened may be repeated: the second one changes nothing.
 * @throws Problem `invalid_input` for a name or a time that is not possible.
 */
export async function recordReport(database: DatabasePool, actor: Actor, report: Report): Promise<void> {
  const { brand, dataset, status } = report
  checkKey(dataset)
  const happenedAt = report.status === 'running' ? null : report.happenedAt
  if (happenedAt !== null) checkTime(happenedAt, await databaseNow(database))
  const suspicious = isSuspicious(report)
  await database.transaction(async (transaction) => {
    const before = await lockDatasetStatus(transaction, brand.id, dataset)
    const isNews = await recordOutsideEvent(transaction, {
      brandId: brand.id,
      datasetKey: dataset,
      organizationId: brand.organizationId,
      status,
      happenedAt,
      eventId: happenedAt === null ? null : eventIdOf(report, happenedAt),
      recordsAffected: report.status === 'completed' ? storableCount(report.records) : null,
      suspicious,
      errorMessage: report.status === 'failed' ? cleanText(maskShaped(report.error), errorLimit) : null,
      metadata: report.status === 'completed' ? { ...storableJson(maskShapedJson(report.metadata)), suspicious } : {},
    })
    const after = await lockDatasetStatus(transaction, brand.id, dataset)
    if (!isNews && isDeepStrictEqual(documentOf(before), documentOf(after))) return
    await insertOperatorAction(transaction, {
      actor,
      organizationId: brand.organizationId,
      action: actions[status],
      subjectType: 'dataset',
      subjectId: `${brand.id}/${dataset}`,
      before: documentOf(before),
      after: documentOf(after),
    })
  })
}

const errorLimit = 8_000

function isSuspicious(report: Report): boolean {
  if (report.status !== 'completed') return false
  return (report.records === 0 && report.neverZero) || report.metadata['suspicious'] === true
}

/** Other programs have datasets of their own; what must not get in is a name that looks like another one (bad input 37). */
function checkKey(dataset: string): void {
  if (checkName(dataset, 'dataset') === dataset) return
  throw new Problem(
    'invalid_input',
    'The name of the dataset has blanks around it or letters that are not composed (NFC).',
    {
      field: 'dataset',
      value: dataset,
      fix: 'Use letters, digits and "_".',
    },
  )
}

/** Clocks of machines differ a little; what is ahead by less counts as now. */
const toleranceMs = 5_000

function checkTime(happenedAt: string, now: Date): void {
  const at = new Date(happenedAt).getTime()
  const problem = (message: string, fix: string): Problem =>
    new Problem('invalid_input', message, { field: 'happenedAt', value: happenedAt, fix })
  if (Number.isNaN(at) || at < 0) {
    throw problem('happenedAt is not a time since 1970.', 'Write it like 2026-01-31T06:00:00Z.')
  }
  if (at - now.getTime() <= toleranceMs) return
  throw problem(
    `happenedAt lies in the future; the database's clock says ${now.toISOString()}.`,
    'Check the clock of the program that says so, and the offset from UTC.',
  )
}

/** Keeps these ids apart from everything else that is derived so. */
const eventIds = '5b1f0c4e-8a39-5d0e-9f0b-6f1d6a8f2c71'

function eventIdOf({ brand, dataset, status }: Report, happenedAt: string): string {
  return derivedId(`${brand.id} ${status} ${new Date(happenedAt).toISOString()} ${dataset}`, eventIds)
}

function documentOf(row: DatasetStatusRow | null): JsonObject | null {
  if (row === null) return null
  return {
    lastStatus: row.lastStatus,
    lastAttemptAt: row.lastAttemptAt?.toISOString() ?? null,
    lastSuccessAt: row.lastSuccessAt?.toISOString() ?? null,
    recordsAffected: row.recordsAffected,
    suspicious: row.suspicious,
    error: row.errorMessage === null ? null : firstLine(row.errorMessage),
  }
}
