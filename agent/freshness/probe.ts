import { cleanText, describeError } from '../../shared/errors.ts'
import type { DatasetProbe } from '../jobs/catalog/catalog.ts'
import { bindTemplates } from '../jobs/template.ts'
import type { Measurement } from '../store/dataset-probes.ts'
import { describeServerError, type NamedConnection, runNamedStatement } from '../store/named-connection.ts'

/** Between asking the server to cancel and ending the session, ms. */
const graceMs = 5_000

/** Asks the data itself, read-only. @throws Error in words for a person */
export async function measure(
  probe: DatasetProbe,
  brandId: string,
  connections: ReadonlyMap<string, NamedConnection>,
  signal: AbortSignal,
): Promise<Measurement> {
  const connection = connections.get(probe.connection)
  if (connection === undefined) throw new Error(`connection "${probe.connection}" has no URL set at this agent`)
  const bound = bindTemplates(probe.sql, { run: { brand_id: brandId } })
  let first: Readonly<Record<string, string | null>> | undefined
  try {
    await runNamedStatement({ ...connection, readOnly: true, maxRows: 1 }, bound, {
      applicationName: 'pipeline-manager probe',
      signal,
      graceMs,
      onNotice: () => undefined,
      onRow: (row) => {
        first ??= row
      },
    })
  } catch (error) {
    signal.throwIfAborted()
    throw new Error(cleanText(describeServerError(error, bound.text) ?? describeError(error), 500), { cause: error })
  }
  return measurementOf(first)
}

/** @throws Error when the columns are not what a probe answers with. */
export function measurementOf(row: Readonly<Record<string, string | null>> | undefined): Measurement {
  if (row === undefined) throw new Error('the statement returned no row; it has to return one, with latest or rows')
  if (!('latest' in row) && !('rows' in row)) {
    throw new Error(`the columns must be named latest and rows; it has ${Object.keys(row).join(', ').slice(0, 200)}`)
  }
  const { latest = null, rows = null } = row
  if (rows !== null && !/^\d{1,15}$/.test(rows))
    throw new Error(`rows must be a whole number; got "${rows.slice(0, 50)}"`)
  return { latest: latest === null ? null : withZone(latest), rows: rows === null ? null : Number(rows) }
}

/** Postgres writes a zone behind a timestamp that has one; days and times without one are taken as UTC. */
function withZone(text: string): string {
  const [, day, time, zone] =
    /^(\d{4,6}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}:\d{2}(?:\.\d+)?)([+-]\d{2}(?::?\d{2}){0,2}|Z)?)?$/.exec(text) ?? []
  if (day === undefined) throw new Error(`latest must be a time or a day; got "${text.slice(0, 50)}"`)
  return `${day} ${time ?? '00:00:00'}${zone ?? '+00'}`
}
