import { ActionIcon, Popover } from '@mantine/core'
import { IconBell } from '@tabler/icons-react'
import { Link } from 'wouter'
import { useOrganization } from '../organization.ts'
import { pagePath } from '../places.ts'
import classes from './header.module.css'

/** Where incidents will be listed; until they are, it says where problems are seen. */
export function NotificationCentre() {
  const { id, hasSection } = useOrganization()
  return (
    <Popover position="bottom-end" width={320} trapFocus returnFocus>
      <Popover.Target>
        <ActionIcon size={30} aria-label="Notifications">
          <IconBell size={16} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown className={classes['panel'] ?? ''}>
        <h2 data-autofocus tabIndex={-1}>
          Notifications
        </h2>
        <p>
          Incidents will be listed here: a dataset that became stale, a job that failed for good, an agent that was
          lost. This version does not open any yet, so nobody is notified.
        </p>
        {hasSection && (
          <p>
            What is wrong now is on <Link href={pagePath(id, 'health')}>Health</Link>.
          </p>
        )}
      </Popover.Dropdown>
    </Popover>
  )
}
