import { Button } from '@mantine/core'
import { notifyFailure } from '../components/notify.ts'
import own from './desktop.module.css'
import type { DesktopAround } from './desktop-context.tsx'

/** Which file says what runs on this device. It is chosen in a dialog of the system: a page cannot name one. */
export function PipelinesFile({ desktop: { client, status, take } }: { desktop: DesktopAround }) {
  const { catalogFile } = status.settings
  const choose = (from: 'dialog' | 'built_in'): void => void client.chooseCatalog({ from }).then(take, notifyFailure)
  return (
    <>
      <p className={own['said']}>
        {catalogFile === null ? 'The built-in catalog says what can run here.' : <bdi>{catalogFile}</bdi>}
      </p>
      <div className={own['actions']}>
        <Button variant="default" onClick={() => choose('dialog')}>
          Choose a pipeline-manager.yaml…
        </Button>
        {catalogFile !== null && (
          <Button variant="default" onClick={() => choose('built_in')}>
            Use the built-in catalog
          </Button>
        )}
      </div>
    </>
  )
}
