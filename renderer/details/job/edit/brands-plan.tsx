import { Button } from '@mantine/core'
import { counted, countText } from '../../../components/counts.ts'
import classes from './brands-field.module.css'
import { isForMany, type ScheduleValues } from './schedule-values.ts'
import { SpreadField } from './spread-field.tsx'
import { useBrandsPlan } from './use-brands-plan.ts'
import type { EditedFieldsProps } from './work-fields.tsx'

/** For whom exactly one will be made, and for whom not; and how to choose everybody who has none. */
export function BrandsPlan({ values, faults, onChange }: EditedFieldsProps) {
  const plan = useBrandsPlan(values)
  const { without, having, allWithout } = plan
  if (values.jobType === '' || values.brandIds === null || !plan.isKnown) return null
  const isMany = isForMany(values)
  const isAll = allWithout.length === without.length
  return (
    <section className={classes['plan']} aria-label="Who gets one">
      {isMany && (
        <>
          <p role="status">
            <strong>
              {without.length === 0
                ? 'No schedule will be made.'
                : `${counted(without.length, 'schedule')} will be made.`}
            </strong>
            {having.length === 0 ? '' : ` ${countText(having.length)} left alone: they have one already.`}
          </p>
          <Names title="Made for" names={without.map(({ name }) => name)} />
          <Names title="Left alone" names={having.map(({ name, jobName }) => `${name}: ${jobName}`)} />
          <SpreadField
            brandIds={without.map(({ id }) => id)}
            values={values}
            fault={faults.spreadMinutes}
            onChange={(spreadMinutes) => onChange({ spreadMinutes })}
          />
        </>
      )}
      {!isMany && having[0] !== undefined && <Beside brand={having[0].name} jobName={having[0].jobName} />}
      {!isAll && (
        <Button
          variant="subtle"
          size="compact-sm"
          style={{ alignSelf: 'flex-start' }}
          onClick={() => onChange({ brandIds: allWithout.map(({ id }) => id), productId: null })}
        >
          {allWithout.length === 1
            ? 'Choose the one brand that has none yet'
            : `Choose all ${allWithout.length.toLocaleString()} brands that have none yet`}
        </Button>
      )}
      {!isMany && isAll && having.length === 0 && <OnlyOne values={values} />}
    </section>
  )
}

function OnlyOne({ values }: { values: ScheduleValues }) {
  const none = values.brandIds?.length === 0
  return <p className="pm-dim">{none ? 'Every brand has one already.' : 'Its first schedule of this job type.'}</p>
}

function Beside({ brand, jobName }: { brand: string; jobName: string }) {
  return (
    <p role="status">
      <bdi>{brand.slice(0, 100)}</bdi> has <bdi>{jobName.slice(0, 100)}</bdi> of this job type already; this one comes
      beside it.
    </p>
  )
}

/** So many names stand in the line; more are unfolded. */
const inLine = 6

function Names({ title, names }: { title: string; names: readonly string[] }) {
  if (names.length === 0) return null
  const shown = names.map((name) => name.trim().slice(0, 100) || 'unnamed')
  if (shown.length <= inLine) {
    return (
      <p>
        {title}: <bdi>{shown.join(', ')}</bdi>.
      </p>
    )
  }
  return (
    <details className={classes['names']}>
      <summary>
        {title}: <bdi>{shown.slice(0, 3).join(', ')}</bdi> and {countText(shown.length - 3)} more
      </summary>
      <ul>
        {shown.map((name, index) => (
          // Two brands may have one name.
          <li key={`${index} ${name}`}>
            <bdi>{name}</bdi>
          </li>
        ))}
      </ul>
    </details>
  )
}
