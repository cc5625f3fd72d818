import { Button } from '@mantine/core'
import { useDrawer } from '../../../app/places.ts'
import { useNow } from '../../../client/now.tsx'
import { StateMark } from '../../../components/state-mark.tsx'
import { Age } from '../../../components/time.tsx'
import { Name } from '../../../components/untrusted.tsx'
import { useWhyNot } from '../../../run-now/why-not.ts'
import classes from '../../page.module.css'
import own from '../sources.module.css'
import { type Check, checkMarks, scheduleInWords } from './check-values.ts'
import { useAct } from './use-checks.ts'

export interface ChecksTableProps {
  readonly checks: readonly Check[]
  readonly shownId: string | null
  readonly isEditing: boolean
  readonly onEdit: (check: Check) => void
  readonly onShow: (checkId: string) => void
}

/** All checks, and how they do. */
export function ChecksTable({ checks, ...row }: ChecksTableProps) {
  return (
    <div className={classes['wide']}>
      <table className={classes['table']}>
        <caption className="pm-visually-hidden">Checks</caption>
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">Check</th>
            <th scope="col" data-secondary>
              Dataset
            </th>
            <th scope="col">Last ping</th>
            <th scope="col" data-secondary>
              Next expected
            </th>
            <th scope="col">
              <span className="pm-visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {checks.map((check) => (
            <CheckRow key={check.id} check={check} {...row} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function CheckRow({ check, shownId, isEditing, onEdit, onShow }: Omit<ChecksTableProps, 'checks'> & { check: Check }) {
  const { id: checkId, name, state } = check
  return (
    <tr>
      <td>
        <StateMark {...checkMarks[state]} withWord />
      </td>
      <th scope="row" className={own['name']}>
        <Name text={name} />
        <div className="pm-dim">{scheduleInWords(check)}</div>
        {check.isAmbiguous && <div className={own['warning']}>Its slug is there twice: pings by it are refused.</div>}
      </th>
      <td data-secondary>
        <DatasetLink check={check} />
        <div className="pm-dim">
          <Name text={check.brand.name} />
        </div>
      </td>
      <td>
        <Age at={check.lastPingAt} live />
      </td>
      <td data-secondary>
        <NextExpected check={check} />
      </td>
      <td className={own['actions']}>
        <Button
          variant="default"
          aria-label={`Details of ${name}`}
          aria-expanded={checkId === shownId}
          onClick={() => onShow(checkId)}
        >
          Details
        </Button>
        <RowActions check={check} isEditing={isEditing} onEdit={onEdit} />
      </td>
    </tr>
  )
}

/** Opens the dataset in the drawer. */
export function DatasetLink({ check: { brand, dataset } }: { check: Check }) {
  const { open } = useDrawer()
  return (
    <button type="button" className="pm-link" onClick={() => open({ kind: 'dataset', brandId: brand.id, dataset })}>
      <Name text={dataset} />
    </button>
  )
}

function NextExpected({ check: { state, dueAt, downAt, schedule, startedAt } }: { check: Check }) {
  const now = useNow()
  const zone = schedule.kind === 'cron' ? schedule.timeZone : null
  if (state === 'started') {
    return (
      <>
        the end of a run, begun <Age at={startedAt} />
      </>
    )
  }
  if (dueAt === null) return <span className="pm-dim">{state === 'paused' ? 'nothing' : 'the first ping'}</span>
  if (dueAt > now) return <Age at={dueAt} zone={zone} />
  return (
    <>
      <Age at={dueAt} zone={zone} />
      {downAt !== null && (
        <span className="pm-dim">
          , down <Age at={downAt} zone={zone} />
        </span>
      )}
    </>
  )
}

function RowActions({ check, isEditing, onEdit }: Pick<ChecksTableProps, 'isEditing' | 'onEdit'> & { check: Check }) {
  const { id: checkId, name, state } = check
  const { mutate: act, isPending } = useAct()
  const whyNot = useWhyNot()
  const off = { disabled: whyNot !== null || isPending || isEditing, title: whyNot ?? undefined }
  const turn = state === 'paused' ? ('resume' as const) : ('pause' as const)
  const verb = turn === 'pause' ? 'Pause' : 'Resume'
  return (
    <>
      <Button variant="default" aria-label={`Edit ${name}`} {...off} onClick={() => onEdit(check)}>
        Edit
      </Button>
      <Button
        variant="default"
        aria-label={`${verb} ${name}`}
        {...off}
        onClick={() => act({ checkId, name, action: turn })}
      >
        {verb}
      </Button>
      <Button
        variant="default"
        aria-label={`Remove ${name}`}
        {...off}
        onClick={() => act({ checkId, name, action: 'remove' })}
      >
        Remove
      </Button>
    </>
  )
}
