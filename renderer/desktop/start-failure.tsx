import { Button, Group } from '@mantine/core'
import { useState } from 'react'
import { notifyDone, notifyFailure } from '../components/notify.ts'
import classes from './desktop.module.css'
import { useDesktop } from './desktop-context.tsx'
import { DeviceForm } from './device-form.tsx'
import { Notices } from './notices.tsx'
import { PipelinesFile } from './pipelines-file.tsx'

/** The agent did not start: why, what to do, and everything that a person can change about it. It does not try again by itself. */
export function StartFailure() {
  const desktop = useDesktop()
  const [showsSettings, setShowsSettings] = useState(false)
  if (desktop === null) return null
  const { client, status, refresh } = desktop
  const fail = (error: unknown): void => notifyFailure(error)
  return (
    <main className={classes['page']}>
      <div className={classes['content']}>
        <header>
          <h1>The agent of this device did not start</h1>
        </header>
        <div className={classes['problem']} role="alert">
          <p>{status.problem?.message ?? 'Its log says why.'}</p>
          <p>{status.problem?.fix}</p>
        </div>
        <Notices notices={status.notices} />
        <Group gap={8}>
          <Button onClick={() => void client.restart().then(refresh, fail)}>Try again</Button>
          <Button variant="default" onClick={() => setShowsSettings(!showsSettings)} aria-expanded={showsSettings}>
            Settings of this device
          </Button>
          <Button
            variant="default"
            onClick={() => void client.copyDiagnostics().then(() => notifyDone('Diagnostics copied.'), fail)}
          >
            Copy diagnostics
          </Button>
          <Button variant="default" onClick={() => void client.showLogs().catch(fail)}>
            Show log files
          </Button>
        </Group>
        {showsSettings && (
          <>
            <DeviceForm desktop={desktop} submitLabel="Save and start" />
            <section aria-label="Pipelines of this device">
              <PipelinesFile desktop={desktop} />
            </section>
          </>
        )}
      </div>
    </main>
  )
}
