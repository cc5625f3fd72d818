import { pages } from './pages.ts'

export interface KeyHelp {
  /** As shown; keys of a sequence stand apart. */
  readonly keys: readonly string[]
  readonly does: string
}

/** Every key of the console, grouped as the dialog shows them. */
export const keyGroups: readonly { readonly name: string; readonly keys: readonly KeyHelp[] }[] = [
  {
    name: 'Everywhere',
    keys: [
      { keys: ['Mod+K'], does: 'Search or run a command' },
      { keys: ['?'], does: 'This list' },
      { keys: ['/'], does: 'Go to the text filter' },
      { keys: ['Esc'], does: 'Close what is on top; text that is being typed stays' },
      { keys: ['c'], does: 'Copy the link of this page, or of what is open' },
      { keys: ['t'], does: "Show times in my zone, the schedule's or UTC" },
      { keys: ['d'], does: 'Light, dark, or as the system' },
    ],
  },
  {
    name: 'Go to',
    keys: pages.flatMap(({ key, label }) => (key === null ? [] : [{ keys: ['g', key], does: label }])),
  },
  {
    name: 'In a list',
    keys: [
      { keys: ['j'], does: 'Down, as the arrow' },
      { keys: ['k'], does: 'Up, as the arrow' },
      { keys: ['Enter'], does: 'Open' },
      { keys: ['Space'], does: 'Select' },
      { keys: ['Shift', '↑ ↓'], does: 'Select more' },
    ],
  },
  {
    name: 'In Active jobs',
    keys: [
      { keys: ['r'], does: 'Run now' },
      { keys: ['p'], does: 'Pause or resume' },
      { keys: ['x'], does: 'Cancel the run' },
    ],
  },
  {
    name: 'In Schedules',
    keys: [
      { keys: ['r'], does: 'Run now' },
      { keys: ['p'], does: 'Pause or resume' },
      { keys: ['e'], does: 'Edit' },
    ],
  },
  {
    name: 'In Run history',
    keys: [
      { keys: ['r'], does: 'Rerun' },
      { keys: ['s'], does: 'Resume at the step that failed' },
      { keys: ['x'], does: 'Cancel the run' },
      { keys: ['n'], does: 'In a log: to the next line found' },
      { keys: ['N'], does: 'In a log: to the one before' },
    ],
  },
  {
    name: 'Among incidents',
    keys: [
      { keys: ['a'], does: 'Acknowledge, or take that back' },
      { keys: ['z'], does: 'Snooze for an hour, or wake' },
    ],
  },
  {
    name: 'In the freshness matrix',
    keys: [
      { keys: ['←', '↑', '→', '↓'], does: 'Move' },
      { keys: ['Mod+A'], does: 'Select all that are in the states chosen, or are stale or never synced' },
      { keys: ['f'], does: 'Fix what is selected, with a preview' },
    ],
  },
]

/** "Mod" is ⌘ on a Mac and Ctrl elsewhere. */
export function keyName(key: string, isMac: boolean): string {
  return key.replace('Mod+', isMac ? '⌘' : 'Ctrl ')
}

export function isMac(): boolean {
  return /Mac|iPhone|iPad/.test(window.navigator.userAgent)
}
