import type { Change } from '../../shared/changes.ts'
import classes from './changes-list.module.css'
import { TimesInText } from './times-in-text.tsx'

const mostShown = 6

interface ChangesListProps {
  readonly changes: readonly Change[]
  /** Where they are about to be made, so that nothing is done that was not seen. */
  readonly isWhole?: boolean
}

/** What was changed, field by field, from what to what. */
export function ChangesList({ changes, isWhole = false }: ChangesListProps) {
  const shown = isWhole ? changes : changes.slice(0, mostShown)
  return (
    <ul className={classes['changes']}>
      {shown.map(({ field, name, from, to }) => (
        <li key={field}>
          <bdi className="pm-dim">{name}</bdi>{' '}
          {from !== null && (
            <>
              <del>
                <Value text={from} />
              </del>{' '}
              <span aria-hidden>→</span>{' '}
            </>
          )}
          {to === null ? (
            <span className="pm-dim">gone</span>
          ) : (
            <ins>
              <Value text={to} />
            </ins>
          )}
        </li>
      ))}
      {changes.length > shown.length && <li className="pm-dim">and {changes.length - shown.length} more</li>}
    </ul>
  )
}

function Value({ text }: { text: string }) {
  return (
    <bdi>
      <TimesInText text={text} />
    </bdi>
  )
}
