import type { ReactNode } from 'react'
import classes from './state-mark.module.css'

/** Every state the console shows. A state is never colour alone: shape, word, colour. */
export type StateName =
  | 'fresh'
  | 'at_risk'
  | 'stale'
  | 'never_synced'
  | 'no_policy'
  | 'running'
  | 'retrying'
  | 'completed'
  | 'warnings'
  | 'failed'
  | 'suspicious'
  | 'paused'
  | 'held'
  | 'dead'
  | 'outcome_unknown'
  | 'cancelled'
  | 'skipped'
  | 'pending'
  | 'active'
  | 'archived'
  | 'unknown'
  | 'ready'
  | 'degraded'
  | 'not_ready'
  | 'open'
  | 'open_warning'
  | 'acknowledged'
  | 'snoozed'
  | 'resolved'

export type Hue = 'teal' | 'amber' | 'red' | 'blue' | 'violet' | 'gray'

interface Look {
  readonly word: string
  readonly hue: Hue
  /** In a square of 16 × 16, drawn in `currentColor`. */
  readonly shape: ReactNode
  readonly turns?: true
}

const ring = (dash?: string) => (
  <circle cx="8" cy="8" r="5.25" fill="none" stroke="currentColor" strokeWidth="1.75" strokeDasharray={dash} />
)
const disc = <circle cx="8" cy="8" r="6" fill="currentColor" />
const onDisc = (d: string) => (
  <>
    {disc}
    <path d={d} fill="none" stroke="var(--pm-page)" strokeWidth="1.75" strokeLinecap="round" strokeLinejoin="round" />
  </>
)
const halfDisc = (
  <>
    {ring()}
    <path d="M2.75 8a5.25 5.25 0 0 0 10.5 0z" fill="currentColor" />
  </>
)
const triangle = <path d="M8 1.9 14.6 13.6H1.4z" fill="currentColor" strokeLinejoin="round" />
const segment = (
  <>
    <circle cx="8" cy="8" r="5.25" fill="none" stroke="currentColor" strokeOpacity="0.28" strokeWidth="1.75" />
    <path
      d="M8 2.75A5.25 5.25 0 0 1 13.25 8"
      fill="none"
      stroke="currentColor"
      strokeWidth="2.25"
      strokeLinecap="round"
    />
  </>
)
const check = 'M5.4 8.2 7.2 10l3.5-3.9'
const cross = 'M5.9 5.9l4.2 4.2M10.1 5.9l-4.2 4.2'

const looks = {
  fresh: { word: 'Fresh', hue: 'teal', shape: disc },
  at_risk: { word: 'At risk', hue: 'amber', shape: halfDisc },
  stale: { word: 'Stale', hue: 'red', shape: triangle },
  never_synced: { word: 'Never synced', hue: 'gray', shape: ring() },
  no_policy: { word: 'No policy', hue: 'gray', shape: <circle cx="8" cy="8" r="2.75" fill="currentColor" /> },
  running: { word: 'Running', hue: 'blue', shape: segment, turns: true },
  retrying: {
    word: 'Retrying',
    hue: 'blue',
    shape: (
      <>
        <path
          d="M12.7 5.6A5.25 5.25 0 1 0 13.25 8"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.9"
          strokeLinecap="round"
        />
        <path d="M13.6 2.2v3.9H9.7z" fill="currentColor" />
      </>
    ),
  },
  completed: { word: 'Completed', hue: 'teal', shape: onDisc(check) },
  warnings: { word: 'With warnings', hue: 'amber', shape: onDisc('M8 4.9v3.6M8 11.1v.1') },
  failed: { word: 'Failed', hue: 'red', shape: onDisc(cross) },
  suspicious: {
    word: 'Suspicious',
    hue: 'violet',
    shape: (
      <>
        <path d="M8 1.2 14.8 8 8 14.8 1.2 8z" fill="currentColor" />
        <path
          d="M6.5 6.6a1.5 1.5 0 1 1 2.2 1.3c-.5.3-.7.5-.7 1M8 10.9v.1"
          fill="none"
          stroke="var(--pm-page)"
          strokeWidth="1.4"
          strokeLinecap="round"
        />
      </>
    ),
  },
  paused: { word: 'Paused', hue: 'gray', shape: <path d="M4 3h3v10H4zM9 3h3v10H9z" fill="currentColor" /> },
  held: {
    word: 'Held',
    hue: 'amber',
    shape: (
      <>
        {ring()}
        <path d="M6.4 5.6v4.8M9.6 5.6v4.8" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" />
      </>
    ),
  },
  dead: {
    word: 'Dead',
    hue: 'red',
    shape: (
      <>
        <rect x="2" y="2" width="12" height="12" rx="1.5" fill="currentColor" />
        <path d={cross} fill="none" stroke="var(--pm-page)" strokeWidth="1.75" strokeLinecap="round" />
      </>
    ),
  },
  outcome_unknown: { word: 'Outcome unknown', hue: 'violet', shape: ring('3 2.5') },
  cancelled: {
    word: 'Cancelled',
    hue: 'gray',
    shape: (
      <>
        {ring()}
        <path d="M4.4 11.6 11.6 4.4" stroke="currentColor" strokeWidth="1.75" />
      </>
    ),
  },
  skipped: {
    word: 'Skipped',
    hue: 'gray',
    shape: <path d="M4 8h8" stroke="currentColor" strokeWidth="2.25" strokeLinecap="round" />,
  },
  pending: { word: 'Pending', hue: 'gray', shape: ring('1.5 2') },
  active: { word: 'Active', hue: 'gray', shape: <path d="M5 3.2 12.6 8 5 12.8z" fill="currentColor" /> },
  archived: { word: 'Archived', hue: 'gray', shape: <path d="M2.5 4h11v3h-11zM3.5 8h9v5h-9z" fill="currentColor" /> },
  unknown: { word: 'Unknown', hue: 'gray', shape: ring('3 2.5') },
  ready: { word: 'Ready', hue: 'teal', shape: onDisc(check) },
  degraded: { word: 'Degraded', hue: 'amber', shape: halfDisc },
  not_ready: { word: 'Not ready', hue: 'red', shape: triangle },
  open: {
    word: 'Open',
    hue: 'red',
    shape: (
      <>
        <path d="M5 1.6h6L14.4 5v6L11 14.4H5L1.6 11V5z" fill="currentColor" />
        <path d="M8 4.6v4M8 11.2v.1" stroke="var(--pm-page)" strokeWidth="1.75" strokeLinecap="round" />
      </>
    ),
  },
  open_warning: {
    word: 'Open',
    hue: 'amber',
    shape: (
      <path
        d="M5.3 2.4h5.4l2.9 2.9v5.4l-2.9 2.9H5.3l-2.9-2.9V5.3zM8 5v3.4M8 10.9v.1"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.75"
        strokeLinecap="round"
      />
    ),
  },
  acknowledged: {
    word: 'Acknowledged',
    hue: 'blue',
    shape: (
      <>
        {ring()}
        <path d={check} fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" />
      </>
    ),
  },
  snoozed: {
    word: 'Snoozed',
    hue: 'gray',
    shape: <path d="M6.2 2.3a5.9 5.9 0 1 0 7.5 7.5 5.6 5.6 0 0 1-7.5-7.5z" fill="currentColor" />,
  },
  resolved: { word: 'Resolved', hue: 'teal', shape: onDisc(check) },
} as const satisfies Record<StateName, Look>

export function stateWord(state: StateName): string {
  return looks[state].word
}

export function stateHue(state: StateName): Hue {
  return looks[state].hue
}

/** A word of the database as a state; what another program has written and we do not know shows as itself (StateMark `word`). */
export function stateNamed(word: string): StateName {
  return Object.hasOwn(looks, word) ? (word as StateName) : 'unknown'
}

export interface StateMarkProps {
  readonly state: StateName
  /** px; 12 to 20. */
  readonly size?: number
  /** Shows the word beside the shape, in the state's colour. Without it the word is the accessible name. */
  readonly withWord?: boolean
  /** Instead of the usual word, for "Retrying, attempt 2 of 4". */
  readonly word?: string
  /** Marks the corner: the last attempt failed on data that is still what the shape says (F6). */
  readonly lastAttemptFailed?: boolean
}

/** The one way in which state is shown. */
export function StateMark({ state, size = 14, withWord = false, word, lastAttemptFailed = false }: StateMarkProps) {
  const look: Look = looks[state]
  const name = `${word ?? look.word}${lastAttemptFailed ? ', last attempt failed' : ''}`
  const isTurning = look.turns === true
  return (
    <span className={classes['mark']} data-hue={look.hue} data-state={state}>
      <svg
        width={size}
        height={size}
        viewBox="0 0 16 16"
        className={isTurning ? classes['turning'] : undefined}
        {...(withWord ? { 'aria-hidden': true } : { role: 'img', 'aria-label': name })}
      >
        {look.shape}
      </svg>
      {lastAttemptFailed && (
        <svg width={size * 0.6} height={size * 0.6} viewBox="0 0 10 10" className={classes['corner']} aria-hidden>
          <circle cx="5" cy="5" r="5" fill="var(--pm-page)" />
          <path d="M2.6 2.6l4.8 4.8M7.4 2.6 2.6 7.4" stroke="var(--pm-red)" strokeWidth="1.9" strokeLinecap="round" />
        </svg>
      )}
      {withWord && <span className={classes['word']}>{name}</span>}
    </span>
  )
}
