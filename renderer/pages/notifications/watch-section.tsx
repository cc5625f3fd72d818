import { Select, Skeleton, Switch } from '@mantine/core'
import { formatDuration } from '../../../shared/duration.ts'
import { type IncidentKind, incidentKinds, kindRules } from '../../../shared/incidents.ts'
import { Failure } from '../../components/failure.tsx'
import { kindInWords } from '../../incidents/incident-words.ts'
import { useWhyNot } from '../../run-now/why-not.ts'
import classes from '../page.module.css'
import own from './notifications.module.css'
import { type Settings, useSettings } from './use-settings.ts'

/** What is watched for at all, and whether what stays open is told again. Each is decided at once. */
export function WatchSection() {
  const { answer, decide, isPending } = useSettings()
  const whyNot = useWhyNot()
  const { data, error, refetch } = answer
  const isDisabled = whyNot !== null || isPending
  const watch = (base: Settings, kind: IncidentKind, isWatched: boolean): void => {
    const as = (value: boolean) => (settings: Settings) => ({ kinds: { ...settings.kinds, [kind]: value } })
    decide({
      base,
      set: as(isWatched),
      unset: as(!isWatched),
      part: ({ kinds }) => kinds?.[kind],
      done: isWatched ? `${kindInWords(kind)}: watched for.` : `${kindInWords(kind)}: not watched for any more.`,
    })
  }
  return (
    <section className={classes['section']} aria-labelledby="watched">
      <h2 id="watched">Kinds watched</h2>
      <p>
        What is not watched for opens no incident; an open one ends without being told. Routes choose among what is
        watched.
      </p>
      {error !== null && <Failure error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Skeleton height={160} />}
      {data !== undefined && (
        <>
          <ul className={own['kinds']} aria-label="Kinds watched">
            {incidentKinds.map((kind) => (
              <li key={kind}>
                <Switch
                  size="sm"
                  label={kindInWords(kind)}
                  description={kindRules[kind].severity === 'warning' ? 'A warning' : undefined}
                  checked={data.kinds[kind]}
                  disabled={isDisabled}
                  title={whyNot ?? undefined}
                  onChange={(event) => watch(data, kind, event.currentTarget.checked)}
                />
              </li>
            ))}
          </ul>
          <Reminders settings={data} isDisabled={isDisabled} decide={decide} />
        </>
      )}
    </section>
  )
}

const offeredMinutes = [60, 240, 720, 1_440] as const
const never = 'never'

interface RemindersProps {
  readonly settings: Settings
  readonly isDisabled: boolean
  readonly decide: ReturnType<typeof useSettings>['decide']
}

function Reminders({ settings, isDisabled, decide }: RemindersProps) {
  const { remindEveryMinutes } = settings
  const offered = new Set([...offeredMinutes, ...(remindEveryMinutes === null ? [] : [remindEveryMinutes])])
  const minutes = [...offered].toSorted((one, other) => one - other)
  const change = (to: number | null): void =>
    decide({
      base: settings,
      set: () => ({ remindEveryMinutes: to }),
      unset: () => ({ remindEveryMinutes }),
      part: (part) => part.remindEveryMinutes,
      done:
        to === null
          ? 'What stays open is not told again.'
          : `What stays open is told again, every ${inWords(to)} at most.`,
    })
  return (
    <Select
      label="Remind of what stays open"
      description="Only of what nobody has acknowledged, snoozed or muted."
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      maw={320}
      allowDeselect={false}
      disabled={isDisabled}
      data={[
        { value: never, label: 'Never' },
        ...minutes.map((one) => ({ value: String(one), label: `Every ${inWords(one)}` })),
      ]}
      value={remindEveryMinutes === null ? never : String(remindEveryMinutes)}
      onChange={(value) => {
        if (value !== null) change(value === never ? null : Number(value))
      }}
    />
  )
}

function inWords(minutes: number): string {
  return formatDuration(minutes * 60_000)
}
