import { useHint } from './hint.tsx'

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

/** An error or another long text on one line; whole (up to 2,000 characters) on hover and focus. */
export function OneLine({ text }: { text: string | null }) {
  const { near, hint } = useHint(text?.slice(0, 2_000) ?? '', { width: 560 })
  if (text === null || text === '') return null
  const line = text.split('\n', 1)[0] ?? ''
  return (
    <>
      <bdi {...near} className="pm-clip" tabIndex={0} style={{ display: 'block' }}>
        {line.slice(0, 500)}
      </bdi>
      {hint}
    </>
  )
}
