import { meanRecoveryMs } from '../../../shared/report.ts'
import { useCommands } from '../../app/commands.tsx'
import { counted } from '../../components/counts.ts'
import { csvFile, csvRow } from '../../components/csv.ts'
import { CsvButton } from '../../components/csv-button.tsx'
import { notifyDone } from '../../components/notify.ts'
import { saveFile } from '../../components/save-file.ts'
import { inMs, type Row } from './answer.ts'
import type { ReportSoFar } from './use-report.ts'

const header = [
  'name',
  'id',
  'fresh_share',
  'fresh_share_before',
  'times_stale',
  'longest_stale_seconds',
  'stale_seconds',
  'mean_recovery_seconds',
  'attempts',
  'successes',
  'judged_seconds',
]

/** Saves what is listed, once all of it has been read. */
export function ExportReport(props: {
  readonly rows: readonly Row[]
  readonly report: ReportSoFar | null
  /** What is missing will not come by itself. */
  readonly hasFailed: boolean
}) {
  const { rows, report, hasFailed } = props
  const isWhole = report?.isWhole === true
  const save = (): void => {
    if (report === null) return
    const day = report.asOf.toISOString().slice(0, 10)
    saveFile(`freshness-${day}.csv`, csvFile([csvRow(header), ...rows.map((row) => csvRow(fieldsOf(row)))]))
    notifyDone(`Exported ${counted(rows.length, 'line')} as CSV.`)
  }
  useCommands([
    {
      id: 'report.export',
      label: 'Export this report as CSV',
      disabledReason: isWhole ? (rows.length === 0 ? 'Nothing is listed.' : null) : whyNotYet(hasFailed),
      run: save,
    },
  ])
  const isRunning = report !== null && !isWhole && !hasFailed
  return <CsvButton isRunning={isRunning} isEmpty={rows.length === 0 || !isWhole} onClick={save} />
}

function whyNotYet(hasFailed: boolean): string {
  return hasFailed ? 'The report could not be read to its end.' : 'The report is still being read.'
}

function fieldsOf(row: Row): string[] {
  const recovery = meanRecoveryMs(inMs(row))
  const share = (value: number | null): string => (value === null ? '' : value.toFixed(5))
  const numbers = [row.attempts, row.successes, row.judgedSeconds].map(String)
  return [
    row.name,
    row.id,
    share(row.freshShare),
    share(row.before?.freshShare ?? null),
    String(row.timesStale),
    String(row.longestStaleSeconds),
    String(row.staleSeconds),
    recovery === null ? '' : String(Math.round(recovery / 1_000)),
    ...numbers,
  ]
}
