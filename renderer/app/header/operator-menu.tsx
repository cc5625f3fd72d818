import { ActionIcon, Menu } from '@mantine/core'
import { IconUser } from '@tabler/icons-react'
import { useLocation } from 'wouter'
import { useSession } from '../../client/context.tsx'
import { signOut } from '../../client/sign-in.ts'
import { notifyFailure } from '../../components/notify.ts'
import { Name } from '../../components/untrusted.tsx'
import { useDesktop } from '../../desktop/desktop-context.tsx'
import { pagePath, useOrganizationId } from '../places.ts'
import { useShell } from '../shell.tsx'
import { useThemeChoice } from '../theme-choice.ts'

const scopeWords = {
  read: 'May look at everything',
  operate: 'May start, stop and change work',
  admin: 'May do everything',
  ingest: 'May only report',
} as const

/** Who I am here, what I may, and the way out. */
export function OperatorMenu() {
  const { operator, scope } = useSession()
  const organizationId = useOrganizationId()
  const [, navigate] = useLocation()
  const { show } = useShell()
  const theme = useThemeChoice()
  // Whoever sits at the desktop is signed in to the system.
  const isDesktop = useDesktop() !== null
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <ActionIcon size={30} aria-label={`Operator: ${operator.slice(0, 100)}`}>
          <IconUser size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Name text={operator} />
          <div>
            {scopeWords[scope]} ({scope})
          </div>
        </Menu.Label>
        <Menu.Item onClick={() => navigate(pagePath(organizationId, 'settings'))}>Settings</Menu.Item>
        <Menu.Item onClick={() => show('keys')}>Keys</Menu.Item>
        <Menu.Item onClick={theme.next}>Theme: {theme.label.toLowerCase()}</Menu.Item>
        {!isDesktop && <Menu.Divider />}
        {!isDesktop && <Menu.Item onClick={() => void leave()}>Sign out</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  )
}

/** Everything that was loaded goes with the page. */
async function leave(): Promise<void> {
  try {
    await signOut()
    window.location.assign('/')
  } catch (thrown) {
    notifyFailure(thrown)
  }
}
