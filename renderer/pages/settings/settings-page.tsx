import { Button, Radio, Stack, Switch } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { legacyTimeZone } from '../../../shared/domain.ts'
import { usePreferences } from '../../app/preferences.tsx'
import { useShell } from '../../app/shell.tsx'
import { themeChoices, useThemeChoice } from '../../app/theme-choice.ts'
import { zoneChoices } from '../../app/zone-choice.ts'
import { useSession } from '../../client/context.tsx'
import { AnswerLine } from '../../components/answer-line.tsx'
import { ownZone } from '../../components/own-zone.ts'
import { useDesktop } from '../../desktop/desktop-context.tsx'
import classes from '../page.module.css'
import own from './settings.module.css'

const DeviceSection = lazy(() =>
  import('../../desktop/device-section.tsx').then((part) => ({ default: part.DeviceSection })),
)

/** What one person prefers on this machine, and what this is. */
export function SettingsPage() {
  const desktop = useDesktop()
  return (
    <div className={classes['page']}>
      <AnswerLine>
        {desktop === null ? 'Settings of this browser' : 'Settings of this device and its console'}
      </AnswerLine>
      {desktop !== null && (
        <Suspense fallback={null}>
          <DeviceSection />
        </Suspense>
      )}
      <ThemeSection />
      <ZoneSection />
      <KeysSection />
      <AboutSection />
    </div>
  )
}

function ThemeSection() {
  const { chosen, choose } = useThemeChoice()
  return (
    <section className={classes['section']}>
      <Radio.Group
        label="Theme"
        classNames={{ label: own['label'] ?? '' }}
        value={chosen}
        onChange={(value) => choose(themeChoices.find((choice) => choice.value === value)?.value ?? 'auto')}
      >
        <Stack gap={8} mt={8}>
          {themeChoices.map(({ value, label }) => (
            <Radio key={value} value={value} label={label} />
          ))}
        </Stack>
      </Radio.Group>
    </section>
  )
}

function ZoneSection() {
  const { preferences, prefer } = usePreferences()
  const mine = ownZone()
  const about = {
    mine: `The zone of this machine, ${mine}`,
    schedule: `The zone of each job; ${mine} for what belongs to none. Schedules that name none have ${legacyTimeZone}`,
    utc: 'The same for everybody',
  } as const
  return (
    <section className={classes['section']}>
      <Radio.Group
        label="Times"
        classNames={{ label: own['label'] ?? '' }}
        value={preferences.zone}
        onChange={(value) => prefer({ zone: zoneChoices.find((choice) => choice.value === value)?.value ?? 'mine' })}
      >
        <Stack gap={8} mt={8}>
          {zoneChoices.map(({ value, label }) => (
            <Radio key={value} value={value} label={label} description={about[value]} />
          ))}
        </Stack>
      </Radio.Group>
    </section>
  )
}

function KeysSection() {
  const { preferences, prefer } = usePreferences()
  const { show } = useShell()
  return (
    <section className={classes['section']} aria-labelledby="settings-keys">
      <h2 id="settings-keys">Keys</h2>
      <Stack gap={12} align="flex-start" mt={8}>
        <Switch
          label="Single keys"
          description="Letters such as t, d and g h, outside of fields. The palette and Escape always work."
          checked={preferences.singleKeys}
          onChange={(event) => prefer({ singleKeys: event.currentTarget.checked })}
        />
        <Button variant="default" onClick={() => show('keys')}>
          Show all keys
        </Button>
      </Stack>
    </section>
  )
}

function AboutSection() {
  const { operator, scope, agentName, programVersion, database } = useSession()
  const facts = [
    ['Version', programVersion],
    ['Agent that serves this page', agentName],
    ['Database', `PostgreSQL ${database.serverVersion}, ${database.kind === 'embedded' ? 'its own' : 'external'}`],
    ['You', `${operator}, scope ${scope}`],
  ] as const
  return (
    <section className={classes['section']} aria-labelledby="settings-about">
      <h2 id="settings-about">About</h2>
      <dl className={own['facts']}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <bdi>{value.slice(0, 200)}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
