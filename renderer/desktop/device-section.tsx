import { Button, MultiSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { DesktopStatus } from '../../shared/desktop/contract.ts'
import { useOrganizationId } from '../app/places.ts'
import { useQueries } from '../client/context.tsx'
import { notifyDone, notifyFailure } from '../components/notify.ts'
import classes from '../pages/page.module.css'
import own from './desktop.module.css'
import { type DesktopAround, useDesktop } from './desktop-context.tsx'
import { DeviceForm } from './device-form.tsx'
import { Notices } from './notices.tsx'
import { PipelinesFile } from './pipelines-file.tsx'

/** In Settings, inside the desktop only: what this device does, and how it tells. */
export function DeviceSection() {
  const desktop = useDesktop()
  if (desktop === null) return null
  return (
    <>
      <Section title="This device">
        <Notices notices={desktop.status.notices} />
        <DeviceForm desktop={desktop} submitLabel="Save" />
      </Section>
      <Section title="Pipelines of this device">
        <PipelinesFile desktop={desktop} />
      </Section>
      <NotificationsOfDevice desktop={desktop} />
      <Favourites desktop={desktop} />
      <Versions desktop={desktop} />
    </>
  )
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={classes['section']} aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  )
}

function NotificationsOfDevice({ desktop: { client, status, take } }: { desktop: DesktopAround }) {
  const [said, setSaid] = useState<string | null>(null)
  const isQuiet = status.doNotDisturbUntil !== null
  const test = async (): Promise<void> => {
    const { failure } = await client.testNotification()
    setSaid(failure === null ? 'The system has taken it.' : failure)
  }
  return (
    <Section title="Notifications of this device">
      <p className={own['said']} role="status">
        {said ??
          status.notificationFailure ??
          'Problems are told by the system; the bell has all of them, also what it refused.'}
      </p>
      <div className={own['actions']}>
        <Button variant="default" onClick={() => void test().catch(notifyFailure)}>
          Send a test notification
        </Button>
        <Button
          variant="default"
          onClick={() => void client.setDoNotDisturb({ minutes: isQuiet ? 0 : 60 }).then(take, notifyFailure)}
        >
          {isQuiet ? 'Show notifications again' : 'Do not disturb for 1 h'}
        </Button>
      </div>
    </Section>
  )
}

/** Jobs that the tray can start. */
function Favourites({ desktop: { client, status, take } }: { desktop: DesktopAround }) {
  const organizationId = useOrganizationId()
  const { data } = useQuery(
    useQueries().jobs.list.queryOptions({ input: { organizationId, limit: 200, order: 'name' } }),
  )
  const chosen = status.settings.favourites
  const jobs = (data?.jobs ?? []).map(({ id, name, brand }) => ({
    value: id,
    label: brand === null ? name : `${name} · ${brand.name}`,
  }))
  const known = new Set(jobs.map(({ value }) => value))
  const others = chosen.filter((id) => !known.has(id)).map((id) => ({ value: id, label: `Job ${id.slice(0, 8)}` }))
  return (
    <Section title="Run now, in the tray">
      <MultiSelect
        label="Jobs"
        description="Up to 20; the menu of the tray starts them."
        data={[...jobs, ...others]}
        value={[...chosen]}
        maxValues={20}
        searchable
        w="min(560px, 100%)"
        onChange={(favourites) => void client.save({ favourites }).then(take, notifyFailure)}
      />
    </Section>
  )
}

function Versions({ desktop: { client, status } }: { desktop: DesktopAround }) {
  return (
    <Section title="This program">
      <p className={own['said']}>
        {versionWords(status)} Nothing is updated by itself; newer versions are{' '}
        {status.homepage === null ? (
          'where you got this one.'
        ) : (
          <a href={status.homepage} target="_blank" rel="noreferrer">
            at {status.homepage}
          </a>
        )}
      </p>
      <div className={own['actions']}>
        <Button
          variant="default"
          onClick={() => void client.copyDiagnostics().then(() => notifyDone('Diagnostics copied.'), notifyFailure)}
        >
          Copy diagnostics
        </Button>
        <Button variant="default" onClick={() => void client.showLogs().catch(notifyFailure)}>
          Show log files
        </Button>
      </div>
    </Section>
  )
}

function versionWords({ versions }: DesktopStatus): string {
  const electron = versions.electron === '' ? '' : `, Electron ${versions.electron}`
  return `Pipeline Manager ${versions.program}${electron}.`
}
