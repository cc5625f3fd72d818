import { ActionIcon, Kbd, Tooltip, UnstyledButton } from '@mantine/core'
import { IconMenu2, IconSearch } from '@tabler/icons-react'
import { isMac, keyName } from '../key-list.ts'
import { useOrganization } from '../organization.ts'
import { useShell } from '../shell.tsx'
import { AgentsButton } from './agents-button.tsx'
import { BrandSelector } from './brand-selector.tsx'
import { ConnectionIndicator } from './connection-indicator.tsx'
import classes from './header.module.css'
import { NotificationCentre } from './notification-centre.tsx'
import { OperatorMenu } from './operator-menu.tsx'
import { OrganizationSelector } from './organization-selector.tsx'
import { ThemeSwitch } from './theme-switch.tsx'
import { ZoneSwitch } from './zone-switch.tsx'

/** What every page is seen through: whose data, how old it is, in which zone; and the way to everything else. */
export function Header({ page }: { page: string }) {
  const { hasSection } = useOrganization()
  const { show } = useShell()
  return (
    <header className={classes['header']}>
      <ActionIcon
        className={classes['burger'] ?? ''}
        size={32}
        aria-label="Navigation"
        onClick={() => show('navigation')}
      >
        <IconMenu2 size={18} />
      </ActionIcon>
      <div className={classes['where']}>
        <OrganizationSelector page={page} />
        {hasSection && (
          <>
            <span className="pm-dim" aria-hidden>
              /
            </span>
            <BrandSelector />
          </>
        )}
      </div>
      <PaletteButton onOpen={() => show('palette')} />
      <div className={classes['state']}>
        {hasSection && <ConnectionIndicator />}
        {hasSection && <AgentsButton />}
        <span className={classes['roomy']}>
          <ZoneSwitch />
          <ThemeSwitch />
        </span>
        <NotificationCentre />
        <OperatorMenu />
      </div>
    </header>
  )
}

function PaletteButton({ onOpen }: { onOpen: () => void }) {
  const keys = keyName('Mod+K', isMac())
  return (
    <Tooltip label={`Search or run a command (${keys})`}>
      <UnstyledButton className={classes['palette'] ?? ''} aria-keyshortcuts="Meta+K Control+K" onClick={onOpen}>
        <IconSearch size={14} aria-hidden />
        <span className={classes['paletteText']}>Search or run a command</span>
        <Kbd size="xs" aria-hidden className={classes['paletteKeys'] ?? ''}>
          {keys}
        </Kbd>
      </UnstyledButton>
    </Tooltip>
  )
}
