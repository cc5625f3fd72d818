import { useClient } from '../../client/context.tsx'
import { useDatabaseClock } from '../../client/now.tsx'
import { counted } from '../../components/counts.ts'
import { csvFile, csvRow } from '../../components/csv.ts'
import { CsvButton } from '../../components/csv-button.tsx'
import { notifyDone } from '../../components/notify.ts'
import { saveFile } from '../../components/save-file.ts'
import { useDownload } from '../../components/use-download.ts'
import type { actionFilterOf } from './action-filters.ts'
import type { RecordedAction } from './actions-section.tsx'

const pageSize = 500
const mostRows = 50_000

const header = ['at', 'who', 'by', 'action', 'kind', 'thing', 'id', 'organization_id', 'changes', 'before', 'after']

function fieldsOf(action: RecordedAction): string[] {
  const { happenedAt, operator, door, subjectType, subjectId, subjectName, organizationId, changes } = action
  const told = changes.map(({ name, from, to }) => `${name}: ${from ?? ''} → ${to ?? ''}`).join('; ')
  const states = [action.before, action.after].map((state) => (state === null ? '' : JSON.stringify(state)))
  const thing = [subjectType, subjectName ?? '', subjectId, organizationId ?? '']
  return [happenedAt.toISOString(), operator, door, action.action, ...thing, told, ...states]
}

/** Saves what matches, the newest first. */
export function ExportActions({ filter, isEmpty }: { filter: ReturnType<typeof actionFilterOf>; isEmpty: boolean }) {
  const client = useClient()
  const clock = useDatabaseClock()
  const { isRunning, start } = useDownload(async (signal) => {
    const lines = [csvRow(header)]
    let cursor: string | null = null
    do {
      const input = { ...filter, cursor, limit: pageSize }
      const page: Awaited<ReturnType<typeof client.admin.actions>> = await client.admin.actions(input, { signal })
      lines.push(...page.actions.map((action) => csvRow(fieldsOf(action))))
      cursor = page.nextCursor
    } while (cursor !== null && lines.length <= mostRows)
    saveFile(`actions-${clock.now().toISOString().slice(0, 10)}.csv`, csvFile(lines))
    const rest = cursor === null ? '' : ' There are older ones: choose a time to get those.'
    notifyDone(`Exported ${counted(lines.length - 1, 'action')} as CSV.${rest}`)
  })
  return <CsvButton isRunning={isRunning} isEmpty={isEmpty} onClick={start} />
}
