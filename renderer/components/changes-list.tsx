import type { Change } from '../../shared/changes.ts'
import classes from './changes-list.module.css'
import { TimesInText } from './times-in-text.tsx'

const mostShown = 6

/** What was changed, field by field, from what to what. */
export function ChangesList({ changes }: { changes: readonly Change[] }) {
  return (
    <ul className={classes['changes']}>
      {changes.slice(0, mostShown).map(({ field, name, from, to }) => (
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
      {changes.length > mostShown && <li className="pm-dim">and {changes.length - mostShown} more</li>}
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
