import { ActionIcon, Menu } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import { type ReactNode, useCallback, useState } from 'react'
import type { JobRow } from '../../shared/contract/jobs.ts'
import { type JobAction, jobActions } from '../../shared/domain.ts'
import { copyLinkTo } from '../app/copy-link.ts'
import { useDrawer } from '../app/places.ts'
import { useBackfillOfJob } from '../backfills/use-backfills.ts'
import { useWhyNot } from '../run-now/why-not.ts'
import { jobActionWords } from './job-actions.ts'
import { ResumeItem } from './resume-item.tsx'
import { useJobAction } from './use-job-actions.ts'

/**
 * Everything that can be done to one job, as a menu; what does not apply is there, with its reason. `children`: a page's own items. A list
 * has one in each row: of a menu that was never opened there is only the button.
 */
export function JobMenu({ job, children }: { job: JobRow; children?: ReactNode }) {
  const [isWanted, setIsWanted] = useState(false)
  const label = `Actions for ${job.name}`
  if (!isWanted) {
    return (
      <ActionIcon
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={false}
        onClick={(event) => {
          event.stopPropagation()
          setIsWanted(true)
        }}
      >
        <IconDots size={16} />
      </ActionIcon>
    )
  }
  return (
    <OpenedMenu label={label}>
      <JobMenuItems job={job} />
      {children}
    </OpenedMenu>
  )
}

/** Its button takes the place of the one that was pressed. First the focus, then the menu: that gives it back to what had it before. */
function OpenedMenu({ label, children }: { label: string; children: ReactNode }) {
  const [isOpen, setIsOpen] = useState(false)
  const begin = useCallback((button: HTMLButtonElement | null) => {
    if (button === null) return
    button.focus({ preventScroll: true })
    setIsOpen(true)
  }, [])
  return (
    <Menu position="bottom-end" withinPortal opened={isOpen} onChange={setIsOpen}>
      <Menu.Target>
        <ActionIcon ref={begin} aria-label={label} onClick={(event) => event.stopPropagation()}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown onClick={(event) => event.stopPropagation()}>{children}</Menu.Dropdown>
    </Menu>
  )
}

function JobMenuItems({ job }: { job: JobRow }) {
  const act = useJobAction()
  const { open } = useDrawer()
  const backfill = useBackfillOfJob(job)
  const whyNot = useWhyNot()
  const shown = jobActions.filter((action) => action !== (job.status === 'archived' ? 'archive' : 'restore'))
  return (
    <>
      {whyNot !== null && <Menu.Label>{whyNot}</Menu.Label>}
      {shown.map((action: JobAction) => {
        const { verb, notFor } = jobActionWords[action]
        const reason = whyNot ?? notFor(job)
        return (
          <Menu.Item key={action} disabled={reason !== null} onClick={() => act(action, job)}>
            {verb}
            {reason !== null && whyNot === null && <span className="pm-dim"> · {reason}</span>}
          </Menu.Item>
        )
      })}
      {backfill !== null && (
        <Menu.Item disabled={backfill.reason !== null} onClick={backfill.begin}>
          Backfill…
        </Menu.Item>
      )}
      <ResumeItem job={job} />
      <Menu.Divider />
      {job.currentRun !== null && (
        <Menu.Item onClick={() => open({ kind: 'run', runId: job.currentRun?.id ?? '' })}>
          Open the run in progress
        </Menu.Item>
      )}
      {job.lastRun !== null && (
        <Menu.Item onClick={() => open({ kind: 'run', runId: job.lastRun?.id ?? '' })}>Open the last run</Menu.Item>
      )}
      <Menu.Item onClick={() => copyLinkTo({ kind: 'job', jobId: job.id })}>Copy link</Menu.Item>
    </>
  )
}
