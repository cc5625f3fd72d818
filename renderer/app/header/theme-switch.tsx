import { ActionIcon, Menu } from '@mantine/core'
import { IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react'
import { themeChoices, useThemeChoice } from '../theme-choice.ts'

const icons = { light: IconSun, dark: IconMoon, auto: IconDeviceDesktop } as const

/** Light, dark or as the system has it; the key `d` goes through them. */
export function ThemeSwitch() {
  const { chosen, label, choose } = useThemeChoice()
  const Icon = icons[chosen]
  return (
    <Menu position="bottom-end" width={180}>
      <Menu.Target>
        <ActionIcon size={30} aria-label={`Theme: ${label}`} aria-keyshortcuts="d">
          <Icon size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown aria-label="Theme">
        <Menu.RadioGroup
          value={chosen}
          onChange={(value) => choose(themeChoices.find((choice) => choice.value === value)?.value ?? 'auto')}
        >
          {themeChoices.map(({ value, label }) => (
            <Menu.RadioItem key={value} value={value} closeMenuOnClick>
              {label}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  )
}
