import { ActionIcon, Skeleton, Tooltip } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react'
import type { JobRow } from '../../../shared/contract/jobs.ts'
import drawer from '../../app/drawer.module.css'
import { useBrands, useBrandsSettled } from '../../app/organization.ts'
import { useBrandId, useOrganizationId } from '../../app/places.ts'
import { useQueries, useSession } from '../../client/context.tsx'
import { Failure } from '../../components/failure.tsx'
import { useKeptDraft } from '../../details/job/edit/draft.ts'
import { ScheduleEditor } from '../../details/job/edit/schedule-editor.tsx'
import { newValues, type ScheduleValues, valuesOf } from '../../details/job/edit/schedule-values.ts'

export interface NewScheduleProps {
  /** Null = from nothing. */
  readonly copyOf: string | null
  readonly onSaved: (job: JobRow) => void
  readonly onClose: () => void
}

/** A schedule that does not exist yet, on the right, where the details of one that exists would be. */
export function NewSchedule(props: NewScheduleProps) {
  const { copyOf, onClose } = props
  // What is typed names brands and jobs of one organization: it is not shown in another.
  const organizationId = useOrganizationId()
  const draftKey = copyOf === null ? `new ${organizationId}` : `copy ${organizationId} ${copyOf}`
  return (
    <Panel onClose={onClose}>
      {copyOf === null ? (
        <FromNothing key={draftKey} {...props} draftKey={draftKey} />
      ) : (
        <FromCopy key={draftKey} {...props} draftKey={draftKey} copyOf={copyOf} />
      )}
    </Panel>
  )
}

interface FormProps extends NewScheduleProps {
  readonly draftKey: string
}

function FromNothing({ draftKey, onSaved, onClose }: FormProps) {
  const { defaultTimeZone } = useSession()
  const [brandId] = useBrandId()
  const brands = useBrands()
  const only = brands.length === 1 ? brands[0]?.id : undefined
  if (!useBrandsSettled()) return <Skeleton h={200} m={16} />
  return (
    <ScheduleEditor
      draftKey={draftKey}
      job={null}
      title="New schedule"
      start={newValues(brandId ?? only ?? '', defaultTimeZone)}
      onSaved={onSaved}
      onClose={onClose}
    />
  )
}

function FromCopy({ copyOf, draftKey, onSaved, onClose }: FormProps & { copyOf: string }) {
  const answer = useQuery(useQueries().jobs.get.queryOptions({ input: { jobId: copyOf } }))
  const kept = useKeptDraft(draftKey)
  // A copy is a schedule of its own: what becomes of the original while it is typed does not matter.
  const original = answer.data?.job
  const start = original === undefined ? kept?.base : copyOfJob(original)
  if (start === undefined) {
    if (answer.error !== null) return <Failure error={answer.error} onRetry={() => void answer.refetch()} />
    return <Skeleton h={200} m={16} />
  }
  return (
    <ScheduleEditor
      draftKey={draftKey}
      job={null}
      title={original === undefined ? 'Duplicate' : `Duplicate ${original.name.slice(0, 200)}`}
      start={start}
      onSaved={onSaved}
      onClose={onClose}
    />
  )
}

function copyOfJob(job: JobRow): ScheduleValues {
  const name = job.name.slice(0, 490)
  return { ...valuesOf(job), name: name === job.jobType ? '' : `${name} (copy)` }
}

/** Looks and behaves as the drawer of details does; what is typed in it stays, whichever way it is closed. */
function Panel({ onClose, children }: { onClose: () => void; children: ReactNode }) {
  const panel = useRef<HTMLElement>(null)
  useEffect(() => {
    const cameFrom = document.activeElement
    panel.current?.focus()
    return () => {
      if (cameFrom instanceof HTMLElement && cameFrom.isConnected) cameFrom.focus()
    }
  }, [])
  return (
    <aside
      ref={panel}
      className={drawer['drawer']}
      aria-label="New schedule"
      tabIndex={-1}
      onKeyDown={(event) => closeOnEscape(event, panel.current, onClose)}
    >
      <div className={drawer['bar']}>
        <span className="pm-dim">Schedule</span>
        <span className={drawer['spacer']} />
        <Tooltip label="Close; what you typed is kept">
          <ActionIcon aria-label="Close" onClick={onClose}>
            <IconX size={16} />
          </ActionIcon>
        </Tooltip>
      </div>
      <div className={drawer['content']}>{children}</div>
    </aside>
  )
}

const typing = 'input:not([type="checkbox"], [type="radio"]), textarea'

/** As in the drawer of details: a field gives the focus back first, and unsaved text stays open. */
function closeOnEscape(event: KeyboardEvent, panel: HTMLElement | null, onClose: () => void): void {
  if (event.key !== 'Escape' || event.defaultPrevented || !(event.target instanceof HTMLElement)) return
  if (panel === null || !panel.contains(event.target) || event.target.closest('[role="dialog"]') !== null) return
  if (event.target.matches(typing)) panel.focus()
  else if (panel.querySelector('[data-unsaved="true"]') === null) onClose()
}
