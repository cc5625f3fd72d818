import { Menu, UnstyledButton } from '@mantine/core'
import { IconClock } from '@tabler/icons-react'
import { usePreferences } from '../preferences.tsx'
import { zoneChoices } from '../zone-choice.ts'
import classes from './header.module.css'

/** In which zone times are shown; the key `t` goes through them. */
export function ZoneSwitch() {
  const { preferences, prefer } = usePreferences()
  const chosen = zoneChoices.find(({ value }) => value === preferences.zone)
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <UnstyledButton
          className={classes['quiet'] ?? ''}
          aria-label={`Times: ${chosen?.short ?? ''}`}
          aria-keyshortcuts="t"
        >
          <IconClock size={15} aria-hidden />
          <span>{chosen?.short}</span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown aria-label="Times">
        <Menu.RadioGroup
          value={preferences.zone}
          onChange={(value) => prefer({ zone: zoneChoices.find((choice) => choice.value === value)?.value ?? 'mine' })}
        >
          {zoneChoices.map(({ value, label, about }) => (
            <Menu.RadioItem key={value} value={value} closeMenuOnClick>
              {label}
              <div className="pm-dim">{about}</div>
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  )
}
