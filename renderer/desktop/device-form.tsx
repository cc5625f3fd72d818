import { Button, MultiSelect, NumberInput, Radio, Stack, Switch } from '@mantine/core'
import { type Dispatch, type SetStateAction, useState } from 'react'
import type { DesktopStatus, KeepSecret, PowerSource, SettingsChange } from '../../shared/desktop/contract.ts'
import type { DesktopSettings } from '../../shared/desktop/settings.ts'
import { type CallFailure, commandFailureOf } from '../client/queries.ts'
import { notifyDone } from '../components/notify.ts'
import { DatabaseUrlFields } from './database-url-fields.tsx'
import classes from './desktop.module.css'
import type { DesktopAround } from './desktop-context.tsx'

export interface Draft {
  readonly settings: DesktopSettings
  /** Empty: the present one stays. */
  readonly url: string
  readonly keep: KeepSecret
}

export type ChangeDraft = Dispatch<SetStateAction<Draft>>

/** Everything that a person decides about this device, as one form that is saved whole. */
export function DeviceForm({ desktop, submitLabel }: { desktop: DesktopAround; submitLabel: string }) {
  const { client, status, take } = desktop
  const [draft, setDraft] = useState<Draft>(() => ({
    settings: status.settings,
    url: '',
    keep: status.protection === 'system' ? 'stored' : 'session',
  }))
  const [isPending, setIsPending] = useState(false)
  const [failure, setFailure] = useState<CallFailure | null>(null)
  const save = async (): Promise<void> => {
    setIsPending(true)
    setFailure(null)
    try {
      take(await client.save(changeOf(draft)))
      setDraft((before) => ({ ...before, url: '' }))
      if (status.settings.isSetUp) notifyDone('Saved.')
    } catch (thrown) {
      setFailure(commandFailureOf(thrown))
    }
    setIsPending(false)
  }
  return (
    <form
      className={classes['form']}
      aria-label="Settings of this device"
      onSubmit={(event) => {
        event.preventDefault()
        if (!isPending) void save()
      }}
    >
      <DatabaseChoice draft={draft} change={setDraft} desktop={desktop} />
      <WorkChoice draft={draft} change={setDraft} status={status} />
      <WindowChoice draft={draft} change={setDraft} status={status} />
      {failure !== null && (
        <p className={classes['problem']} role="alert">
          {failure.message} {failure.fix}
        </p>
      )}
      <div>
        <Button type="submit" size="sm" loading={isPending}>
          {submitLabel}
        </Button>
      </div>
    </form>
  )
}

function changeOf({ settings, url, keep }: Draft): SettingsChange {
  const {
    version: _version,
    isSetUp: _isSetUp,
    catalogFile: _catalogFile,
    favourites: _favourites,
    ...given
  } = settings
  const isNew = settings.database === 'external' && url.trim() !== ''
  return isNew ? { ...given, databaseUrl: { url: url.trim(), keep } } : given
}

interface PartProps {
  readonly draft: Draft
  readonly change: ChangeDraft
}

function set(change: ChangeDraft, part: Partial<DesktopSettings>): void {
  change((before) => ({ ...before, settings: { ...before.settings, ...part } }))
}

function DatabaseChoice({ draft, change, desktop }: PartProps & { desktop: DesktopAround }) {
  return (
    <section>
      <Radio.Group
        label="Database"
        value={draft.settings.database}
        onChange={(value) => set(change, { database: value === 'external' ? 'external' : 'embedded' })}
      >
        <Stack gap={8} mt={8}>
          <Radio
            value="embedded"
            label="Built in"
            description="A PostgreSQL of its own in the data folder of this device. Nothing else has to be installed."
          />
          <Radio
            value="external"
            label="Your own Postgres"
            description="The one that your team shares: this device sees what everybody sees."
          />
        </Stack>
      </Radio.Group>
      {draft.settings.database === 'external' && <DatabaseUrlFields draft={draft} change={change} desktop={desktop} />}
    </section>
  )
}

const onBattery = 'On battery nothing new is begun; what runs goes on.'
const mainsWords: Readonly<Record<PowerSource, string>> = {
  mains: onBattery,
  battery: `${onBattery} This device is on battery now.`,
  unknown: 'This system does not say whether the device is on battery, so this would have no effect.',
}

function WorkChoice({ draft, change, status }: PartProps & { status: DesktopStatus }) {
  const { work, concurrency, jobTypes, onlyOnMains } = draft.settings
  return (
    <section>
      <Radio.Group
        label="Work"
        value={work}
        onChange={(value) => set(change, { work: value === 'watch' ? 'watch' : 'run' })}
      >
        <Stack gap={8} mt={8}>
          <Radio
            value="run"
            label="Run jobs on this device"
            description="While it is awake; other agents may share them."
          />
          <Radio value="watch" label="Only watch" description="Shows and tells everything, and runs nothing." />
        </Stack>
      </Radio.Group>
      {work === 'run' && (
        <Stack gap={12} mt={12} className={classes['nested']}>
          <NumberInput
            label="Runs at the same time"
            min={1}
            max={100}
            allowDecimal={false}
            clampBehavior="strict"
            w={160}
            value={concurrency}
            onChange={(value) => typeof value === 'number' && set(change, { concurrency: value })}
          />
          {status.jobTypes.length > 0 && (
            <MultiSelect
              label="Job types"
              description="None chosen: all that this device can run."
              data={[...status.jobTypes]}
              value={jobTypes ?? []}
              onChange={(chosen) => set(change, { jobTypes: chosen.length === 0 ? null : chosen })}
              clearable
            />
          )}
          <Switch
            label="Only on mains power"
            description={mainsWords[status.power]}
            disabled={status.power === 'unknown'}
            checked={onlyOnMains && status.power !== 'unknown'}
            onChange={(event) => set(change, { onlyOnMains: event.currentTarget.checked })}
          />
        </Stack>
      )}
    </section>
  )
}

/** What a person has to do besides. */
const loginWords: Readonly<Record<string, string>> = {
  'requires-approval': 'Allow it in the system’s settings, under login items.',
  disabled: 'It is switched off in the system’s settings, under startup apps: switch it on there.',
}

function WindowChoice({ draft, change, status }: PartProps & { status: DesktopStatus }) {
  const { startAtLogin, keepsRunning } = draft.settings
  return (
    <section>
      <Stack gap={12}>
        <Switch
          label="Start when I sign in"
          description={loginWords[status.loginState]}
          checked={startAtLogin}
          onChange={(event) => set(change, { startAtLogin: event.currentTarget.checked })}
        />
        <Switch
          label="Go on working in the tray when the window is closed"
          description={
            status.hasTray ? undefined : 'No tray is seen on this desktop, so that closing the window ends the program.'
          }
          disabled={!status.hasTray}
          checked={keepsRunning && status.hasTray}
          onChange={(event) => set(change, { keepsRunning: event.currentTarget.checked })}
        />
      </Stack>
    </section>
  )
}
