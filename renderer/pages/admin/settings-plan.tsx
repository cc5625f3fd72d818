import { Button } from '@mantine/core'
import type { SettingsChange } from '../../../shared/contract/settings.ts'
import { textOf } from '../../../shared/settings-document/compare.ts'
import { sectionRules } from '../../../shared/settings-document/sections.ts'
import type { Queries } from '../../client/queries.ts'
import { ChangesList } from '../../components/changes-list.tsx'
import { counted } from '../../components/counts.ts'
import { Name } from '../../components/untrusted.tsx'
import classes from '../page.module.css'
import own from './admin.module.css'

type Plan = Awaited<ReturnType<Queries['settings']['plan']['call']>>
type Applied = Awaited<ReturnType<Queries['settings']['apply']['call']>>

/** Of one plan; nothing is applied that is not shown, so what follows is applied in a second go. */
export const mostShown = 1_000

const actionWords = { add: 'Add', change: 'Change', remove: 'Remove' } as const

/** What a file would change, and the one button that does it. */
export function SettingsPlan(props: { plan: Plan; isPending: boolean; whyNot: string | null; onApply: () => void }) {
  const { plan, isPending, whyNot, onApply } = props
  const { changes, notes } = plan
  const shown = changes.slice(0, mostShown)
  return (
    <>
      <p role="status">{sentenceOf(plan)}</p>
      {notes.map((note) => (
        <p key={note} className="pm-dim">
          <bdi>{note}</bdi>
        </p>
      ))}
      {shown.length > 0 && (
        <>
          <Button mb="sm" loading={isPending} disabled={whyNot !== null} onClick={onApply}>
            Apply{' '}
            {shown.length < changes.length ? `the first ${shown.length} changes` : counted(shown.length, 'change')}
          </Button>
          <ChangesTable changes={shown} />
        </>
      )}
    </>
  )
}

function sentenceOf({ changes, same, unnamed }: Plan): string {
  const count = (action: SettingsChange['action']): number => changes.filter((one) => one.action === action).length
  const counts = (['add', 'change', 'remove'] as const).filter((action) => count(action) > 0)
  const what = counts.map((action) => `${count(action)} to ${action}`).join(', ')
  const others = unnamed === 0 ? '' : ` ${unnamed} are there that the file does not name; they stay.`
  if (what === '') return `Nothing differs: ${counted(same, 'setting')} as the file says.${others}`
  return `Nothing is done yet: ${what}; ${same} as the file says.${others}`
}

function ChangesTable({ changes }: { changes: readonly SettingsChange[] }) {
  return (
    <div
      className={`${classes['wide']} ${own['outcome']}`}
      tabIndex={0}
      role="region"
      aria-label="What the file changes"
    >
      <table className={classes['table']}>
        <caption className="pm-visually-hidden">What the file changes</caption>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Setting</th>
            <th scope="col">From → to</th>
          </tr>
        </thead>
        <tbody>
          {changes.map((change) => (
            <tr key={change.id}>
              <td>{actionWords[change.action]}</td>
              <td>
                <span className="pm-dim">{sectionRules[change.section].word}</span>{' '}
                <Name text={change.title} none="unnamed" />
              </td>
              <td>
                <ChangesList changes={change.fields.map((field) => wordsOf(field))} isWhole />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function wordsOf({ field, from, to }: SettingsChange['fields'][number]) {
  const shown = (value: typeof from): string | null => (value === null ? null : textOf(value))
  return { field, name: field.replaceAll('_', ' '), from: shown(from), to: shown(to) }
}

/** What became of each change; those that were refused with why. */
export function AppliedSettings(props: { plan: Plan; applied: Applied; onCompare: () => void }) {
  const { plan, applied, onCompare } = props
  const titles = new Map(plan.changes.map((one) => [one.id, `${sectionRules[one.section].word} ${one.title}`]))
  const refused = applied.results.filter(({ outcome }) => outcome === 'refused')
  const more = applied.notShown > 0 ? ` ${applied.notShown} more would have to be changed by now.` : ''
  return (
    <>
      <p role="status">
        Applied {applied.applied} of {counted(applied.results.length, 'change')}
        {refused.length === 0 ? '.' : `; ${refused.length} refused.`}
        {more}
      </p>
      {refused.length > 0 && (
        <ul className={own['faults']}>
          {refused.map(({ id, message }) => (
            <li key={id}>
              <bdi>{titles.get(id)}</bdi>: <bdi>{message}</bdi>
            </li>
          ))}
        </ul>
      )}
      <Button variant="default" onClick={onCompare}>
        Compare again
      </Button>
    </>
  )
}
