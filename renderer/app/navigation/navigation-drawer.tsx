import { Drawer } from '@mantine/core'
import { useReturnFocus } from '../return-focus.ts'
import { Navigation } from './navigation.tsx'

/** The navigation on narrow screens, behind the button in the header. */
export function NavigationDrawer({ page, onClose }: { page: string; onClose: () => void }) {
  useReturnFocus()
  return (
    <Drawer.Root opened onClose={onClose} size={260} padding={0}>
      <Drawer.Overlay />
      <Drawer.Content aria-label="Navigation">
        <Drawer.Body>
          <nav aria-label="Pages">
            <Navigation page={page} onFollow={onClose} />
          </nav>
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  )
}
