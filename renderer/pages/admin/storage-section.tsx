import { Skeleton, Tooltip } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Storage, StoredTable } from '../../../shared/contract/admin.ts'
import { formatBytes } from '../../../shared/storage.ts'
import { useQueries } from '../../client/context.tsx'
import { failureOf } from '../../client/queries.ts'
import { Failure } from '../../components/failure.tsx'
import classes from '../page.module.css'
import own from './admin.module.css'
import { filesWords, keptWords, perDayWords, storageAnswer } from './storage-words.ts'
import { LastSweep, SweepsTable } from './sweeps.tsx'

/** Milliseconds. Nobody tells of rows; a sweep under way is looked at more often. */
const refreshMs = { usual: 60_000, sweeping: 3_000 }

/** How large the tables are, how they will be, and what was removed from them. */
export function StorageSection() {
  const storage = useQuery({
    ...useQueries().admin.storage.queryOptions(),
    refetchInterval: ({ state }) => (isSweeping(state.data) ? refreshMs.sweeping : refreshMs.usual),
  })
  const isForbidden = storage.error !== null && failureOf(storage.error).code === 'NOT_ALLOWED'
  return (
    <section className={classes['section']} aria-labelledby="admin-storage">
      <h2 id="admin-storage">Storage</h2>
      {isForbidden && <p>{failureOf(storage.error).message}</p>}
      {storage.error !== null && !isForbidden && (
        <Failure error={storage.error} onRetry={() => void storage.refetch()} />
      )}
      {storage.data === undefined && storage.error === null && <Skeleton height={240} />}
      {storage.data !== undefined && <StorageFacts storage={storage.data} />}
    </section>
  )
}

function isSweeping(storage: Storage | undefined): boolean {
  return storage?.sweeps[0]?.state === 'running'
}

function StorageFacts({ storage }: { storage: Storage }) {
  return (
    <>
      <p>
        {storageAnswer(storage)} Ages are settings of the agents: <code className={classes['code']}>keep_log_days</code>{' '}
        and its like.
      </p>
      {storage.files !== null && storage.files.count > 0 && <p>{filesWords(storage.files)}</p>}
      <LastSweep storage={storage} />
      <TablesTable storage={storage} />
      <SweepsTable sweeps={storage.sweeps} />
    </>
  )
}

function TablesTable({ storage }: { storage: Storage }) {
  const tables = storage.tables.toSorted((one, other) => other.bytes - one.bytes)
  return (
    <div className={classes['wide']}>
      <table className={`${classes['table']} ${own['figures']}`}>
        <caption className="pm-visually-hidden">Tables by size</caption>
        <thead>
          <tr>
            <th scope="col">Rows of</th>
            <th scope="col">Size</th>
            <th scope="col" data-secondary>
              Number
            </th>
            <th scope="col" data-secondary>
              New per day
            </th>
            <th scope="col" data-secondary>
              In 30 days
            </th>
            <th scope="col">In 90 days</th>
            <th scope="col" data-secondary>
              Levels off at
            </th>
            <th scope="col" className={own['words']}>
              Kept
            </th>
          </tr>
        </thead>
        <tbody>
          {tables.map((table) => (
            <TableRow key={table.table} table={table} storage={storage} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function TableRow({ table, storage: { bytes, keepDays } }: { table: StoredTable; storage: Storage }) {
  return (
    <tr>
      <th scope="row">
        {table.label}
        <span className={own['share']} style={{ inlineSize: `${(table.bytes / Math.max(1, bytes)) * 100}%` }} />
      </th>
      <td>
        <Tooltip label={partsOf(table)}>
          <span tabIndex={0}>{formatBytes(table.bytes)}</span>
        </Tooltip>
      </td>
      <td data-secondary>{table.rows.toLocaleString()}</td>
      <td data-secondary>{table.rowsPerDay === null ? <Unknown /> : perDayWords(table.rowsPerDay)}</td>
      <td data-secondary>
        <Bytes of={table.bytesIn30Days} />
      </td>
      <td>
        <Bytes of={table.bytesIn90Days} />
      </td>
      <td data-secondary>
        <Bytes of={table.levelsOffAtBytes} />
      </td>
      <td className={own['words']}>{keptWords(table, keepDays)}</td>
    </tr>
  )
}

function partsOf({ heapBytes, indexBytes, toastBytes }: StoredTable): string {
  return `Rows ${formatBytes(heapBytes)}, indexes ${formatBytes(indexBytes)}, long values ${formatBytes(toastBytes)}`
}

function Bytes({ of: bytes }: { of: number | null }) {
  return bytes === null ? <Unknown /> : <>{formatBytes(bytes)}</>
}

function Unknown() {
  return <span className="pm-dim">–</span>
}
