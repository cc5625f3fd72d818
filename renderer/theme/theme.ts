import { createTheme, defaultVariantColorsResolver, type MantineColorsTuple } from '@mantine/core'

/** The one accent is ink: a primary action is dark on light and light on dark, so that colour stays free for state. */
const ink: MantineColorsTuple = [
  '#f4f5f7',
  '#e8eaed',
  '#d3d7dd',
  '#b3bac4',
  '#8c95a3',
  '#6b7482',
  '#4f5763',
  '#383f49',
  '#22272e',
  '#16191d',
]

const dark: MantineColorsTuple = [
  '#e8eaed',
  '#c7ccd3',
  '#a3abb7',
  '#6f7884',
  '#3a3f47',
  '#2a2e34',
  '#1d2126',
  '#121417',
  '#0d0f11',
  '#08090a',
]

export const theme = createTheme({
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: 'var(--pm-mono)',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  headings: { fontFamily: "'Inter Variable', system-ui, sans-serif", fontWeight: '600' },
  colors: { ink, dark },
  primaryColor: 'ink',
  primaryShade: { light: 9, dark: 1 },
  autoContrast: true,
  // The library's own takes the text on a filled action from the light shade, in dark as well: white on white there, or on pink.
  variantColorResolver: (input) => {
    const colors = defaultVariantColorsResolver(input)
    if (input.variant !== 'filled') return colors
    if ((input.color ?? 'ink') === 'ink') return { ...colors, color: 'var(--mantine-primary-color-contrast)' }
    if (input.color !== 'red') return colors
    return { ...colors, background: 'var(--pm-red)', hover: 'var(--pm-red-hover)', color: 'var(--pm-on-red)' }
  },
  respectReducedMotion: true,
  defaultRadius: 6,
  cursorType: 'pointer',
  components: {
    Button: { defaultProps: { size: 'xs' } },
    ActionIcon: { defaultProps: { size: 'md', variant: 'subtle', color: 'gray' } },
    TextInput: { defaultProps: { size: 'xs' } },
    Select: { defaultProps: { size: 'xs' } },
    MultiSelect: { defaultProps: { size: 'xs' } },
    NumberInput: { defaultProps: { size: 'xs' } },
    Textarea: { defaultProps: { size: 'xs' } },
    Switch: { defaultProps: { size: 'xs' } },
    Checkbox: { defaultProps: { size: 'xs' } },
    SegmentedControl: { defaultProps: { size: 'xs' } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true, events: { hover: true, focus: true, touch: true } } },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Dismiss' } } },
    Popover: { defaultProps: { shadow: 'md' } },
    // The placeholder is a focusable child that a menu must not have (axe: aria-required-children).
    Menu: { defaultProps: { shadow: 'md', withInitialFocusPlaceholder: false } },
  },
})
