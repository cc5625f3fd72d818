import { Button, Group, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useCommands } from '../../app/commands.tsx'
import { useOrganizationId } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { Failure } from '../../components/failure.tsx'
import { useKeptFocus } from '../../components/kept-focus.ts'
import { Age } from '../../components/time.tsx'
import { Name } from '../../components/untrusted.tsx'
import { kindInWords } from '../../incidents/incident-words.ts'
import { anything, type MuteRule } from '../../mutes/mute-scope.ts'
import { useMuting } from '../../mutes/muting.tsx'
import { useMutes } from '../../mutes/use-mutes.ts'
import { useWhyNot } from '../../run-now/why-not.ts'
import classes from '../page.module.css'
import own from './notifications.module.css'

/** Rules that keep incidents quiet for everybody. */
export function MutesSection() {
  const organizationId = useOrganizationId()
  const { data, error, refetch } = useQuery(useQueries().incidents.mutes.queryOptions({ input: { organizationId } }))
  const { remove, isPending } = useMutes()
  const mute = useMuting()
  const whyNot = useWhyNot()
  const keptFocus = useKeptFocus()
  const isDisabled = whyNot !== null || isPending
  useCommands([{ id: 'mutes.new', label: 'Add a mute rule', disabledReason: whyNot, run: () => mute(anything) }])
  return (
    <section className={classes['section']} aria-labelledby="mutes" {...keptFocus}>
      <Group justify="space-between" wrap="nowrap">
        <h2 id="mutes">Mute rules</h2>
        <Button variant="default" disabled={isDisabled} title={whyNot ?? undefined} onClick={() => mute(anything)}>
          Add a rule
        </Button>
      </Group>
      <p>
        What fits a rule is opened, shown and ends as ever, and nobody is told of it. “Mute…” of an incident fills one
        in.
      </p>
      {error !== null && <Failure error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Skeleton height={72} />}
      {data?.rules.length === 0 && <p>No rule keeps anything quiet: everything that is watched for is told.</p>}
      {data !== undefined && data.rules.length > 0 && (
        <div className={classes['wide']}>
          <table className={classes['table']}>
            <caption className="pm-visually-hidden">Mute rules</caption>
            <thead>
              <tr>
                <th scope="col">What</th>
                <th scope="col">Until</th>
                <th scope="col">Quiet now</th>
                <th scope="col" data-secondary>
                  Reason
                </th>
                <th scope="col" data-secondary>
                  Made
                </th>
                <th scope="col">
                  <span className="pm-visually-hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {data.rules.map((rule) => (
                <RuleRow key={rule.id} rule={rule} isDisabled={isDisabled} onRemove={() => remove(rule)} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

interface RuleRowProps {
  readonly rule: MuteRule
  readonly isDisabled: boolean
  readonly onRemove: () => void
}

function RuleRow({ rule, isDisabled, onRemove }: RuleRowProps) {
  const { until, mutes, note, createdAt, createdBy } = rule
  const words = ruleInWords(rule)
  return (
    <tr>
      <th scope="row" className={own['name']}>
        <bdi>{words.slice(0, 300)}</bdi>
      </th>
      <td>
        <Age at={until} none="it is removed" />
      </td>
      <td>{mutes.toLocaleString()}</td>
      <td data-secondary className={own['reason']}>
        {note === null ? (
          <span className="pm-dim">–</span>
        ) : (
          <bdi title={note.slice(0, 2_000)}>{note.slice(0, 200)}</bdi>
        )}
      </td>
      <td data-secondary>
        <Age at={createdAt} />{' '}
        <span className="pm-dim">
          by <Name text={createdBy} />
        </span>
      </td>
      <td className={own['actions']}>
        <Button
          variant="default"
          aria-label={`Remove the rule for ${words.slice(0, 200)}`}
          disabled={isDisabled}
          onClick={onRemove}
        >
          Remove
        </Button>
      </td>
    </tr>
  )
}

/** "Stale dataset, orders, of Acme"; everything where nothing narrows. */
function ruleInWords({ kind, dataset, jobType, brand }: MuteRule): string {
  const parts = [
    kind === null ? null : kindInWords(kind),
    dataset,
    jobType,
    brand === null ? null : `of ${brand.name}`,
  ].filter((part) => part !== null)
  return parts.length === 0 ? 'Everything' : parts.join(', ')
}
