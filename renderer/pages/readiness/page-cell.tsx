import { Tooltip } from '@mantine/core'
import { formatDuration } from '../../../shared/duration.ts'
import type { OutlookGap } from '../../../shared/outlook.ts'
import { useDatabaseClock, useNow } from '../../client/now.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { absoluteText, timeOfDayText, useShownZone } from '../../components/time.tsx'
import classes from '../page.module.css'
import type { PageVerdict } from './answer.ts'
import own from './readiness.module.css'

/** One page of one brand in the list: the verdict, and below it when it will be ready or until when it is. */
export function PageCell({ found }: { found: PageVerdict | undefined }) {
  useNow()
  const now = useDatabaseClock().now()
  const { zone } = useShownZone()
  if (found === undefined) return <span className="pm-dim">–</span>
  const { short, long } = wordsOf(found, now, zone)
  const told = [found.reason, long].filter((text) => text !== null && text !== '').join(' ')
  const cell = (
    <span className={own['cell']}>
      <span className={classes['inline']}>
        <StateMark state={found.verdict} withWord />
      </span>
      {short !== '' && (
        <span className={own['soon']} data-late={found.isNotReadyBy === true || undefined}>
          {found.work !== null && (
            <StateMark state={found.work.state === 'running' ? 'running' : 'pending'} size={12} />
          )}
          {found.goesStale !== null && <StateMark state="at_risk" size={12} />}
          {short}
        </span>
      )}
    </span>
  )
  if (told === '') return cell
  return (
    <Tooltip label={told.slice(0, 1_000)} multiline maw={420}>
      {cell}
    </Tooltip>
  )
}

/** What is in the way, in as few words as a cell has room for; the whole is in the tooltip. */
const shortGaps: Readonly<Record<OutlookGap, string>> = {
  duration_unknown: 'time not known yet',
  failed_in_run: 'failed in this run',
  no_agent: 'no agent can',
  dead: 'its job is dead',
  paused: 'paused',
  held: 'held, without end',
  nothing_planned: 'nothing planned',
  archived: 'its job is archived',
  outside: 'nothing says when',
  outside_late: 'report is overdue',
}

const weekMs = 6 * 86_400_000

/** "2:05 PM" for what is near, "Sat 2:05 PM" within a week, else the day: what the cell has room for. */
function briefText(at: Date, now: Date, zone: string): string {
  const aheadMs = at.getTime() - now.getTime()
  if (aheadMs < 12 * 3_600_000) return timeOfDayText(at, now, zone)
  const options: Intl.DateTimeFormatOptions =
    aheadMs < weekMs
      ? { weekday: 'short', hour: '2-digit', minute: '2-digit' }
      : { year: 'numeric', month: 'short', day: 'numeric' }
  return new Intl.DateTimeFormat(undefined, { timeZone: zone, ...options }).format(at)
}

/** A time that has passed promises nothing. */
function wordsOf(
  { verdict, expectedAt, readyUntil, goesStale, unknown, work }: PageVerdict,
  now: Date,
  zone: string,
): { readonly short: string; readonly long: string } {
  const running =
    work === null
      ? ''
      : `${work.jobType} ${work.state === 'running' ? 'runs' : 'is due'} since ${absoluteText(work.since, zone)}.`
  const end =
    goesStale === null
      ? ''
      : `${goesStale.dataset} goes stale ${absoluteText(goesStale.at, zone)}, and nothing begins to refresh it before. `
  if (verdict !== 'not_ready') {
    if (readyUntil === null || readyUntil <= now) return { short: '', long: running }
    const long = `Until ${absoluteText(readyUntil, zone)}, in ${formatDuration(readyUntil.getTime() - now.getTime())}. ${end}${running}`
    return { short: `until ${briefText(readyUntil, now, zone)}`, long }
  }
  if (expectedAt === null)
    return {
      short: unknown === null ? 'nobody can say' : shortGaps[unknown.gap],
      long: `${unknown?.why ?? ''} ${running}`,
    }
  if (expectedAt <= now) return { short: 'at any moment', long: `Expected at any moment. ${running}` }
  const long = `Expected ${absoluteText(expectedAt, zone)}, in ${formatDuration(expectedAt.getTime() - now.getTime())}. ${end}${running}`
  return { short: `expected ${briefText(expectedAt, now, zone)}`, long }
}
