import { type MantineColorScheme, useMantineColorScheme } from '@mantine/core'

/** In the order in which the key `d` goes through them. */
export const themeChoices = [
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
  { value: 'auto', label: 'As the system' },
] as const satisfies readonly { value: MantineColorScheme; label: string }[]

/** The theme as it was chosen (Mantine keeps the choice), and how to go on to the next one. */
export function useThemeChoice(): {
  readonly chosen: MantineColorScheme
  readonly label: string
  readonly choose: (theme: MantineColorScheme) => void
  readonly next: () => void
} {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const at = themeChoices.findIndex(({ value }) => value === colorScheme)
  return {
    chosen: colorScheme,
    label: themeChoices[at]?.label ?? '',
    choose: setColorScheme,
    next: () => setColorScheme(themeChoices[(at + 1) % themeChoices.length]?.value ?? 'auto'),
  }
}
