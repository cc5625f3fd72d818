import type { ReactNode } from 'react'
import { useHint } from './hint.tsx'
import { TimesInText } from './times-in-text.tsx'

/**
 * Text that came from the database: names, errors, parameters. Always a text node; isolated, so that a right-to-left mark in a name does
 * not turn the rest of the row round; cut by the layout, whole on hover and focus.
 */
export function Name({ text, none = 'unnamed' }: { text: string | null; none?: string }) {
  if (text === null || text.trim() === '') return <span className="pm-dim">{none}</span>
  const shown = text.length > 300 ? `${text.slice(0, 300)}…` : text
  return (
    <bdi className="pm-clip" title={shown}>
      {shown}
    </bdi>
  )
}

/** What `OneLine` shows. */
export interface OneLineProps {
  readonly text: string | null
  /** A sentence of the agent's: its times are shown as all others are. */
  readonly withTimes?: boolean
}

/** An error or another long text on one line; whole (up to 2,000 characters) on hover and focus. */
export function OneLine({ text, withTimes = false }: OneLineProps) {
  const shown = (part: string): ReactNode => (withTimes ? <TimesInText text={part} /> : part)
  const { near, hint } = useHint(shown(text?.slice(0, 2_000) ?? ''), { width: 560 })
  if (text === null || text === '') return null
  const line = text.split('\n', 1)[0] ?? ''
  return (
    <>
      <bdi {...near} className="pm-clip" tabIndex={0} style={{ display: 'block' }}>
        {shown(line.slice(0, 500))}
      </bdi>
      {hint}
    </>
  )
}
