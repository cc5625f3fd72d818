import { formatAge, formatDuration } from '../../../shared/duration.ts'
import { useNow } from '../../client/now.tsx'
import { absoluteText, useShownZone } from '../../components/time.tsx'
import classes from './lane-chart.module.css'
import type { Fire } from './lanes.ts'

/** The run that the pointer or the keyboard is at. */
export interface Chosen {
  /** Id of the brand, or `platform`. */
  readonly lane: string
  readonly fire: Fire
  /** Beside the mark, px of the chart: `right` for marks in its right half. */
  readonly place: { readonly top: number; readonly left?: number; readonly right?: number }
}

const clash = 'Collides: an earlier run with its key would still be going, so it waits or is left out.'

/** What a planned run is, as screen readers say it. */
export function fireInWords(fire: Fire, zone: string): string {
  const length = fire.expectedMs === null ? 'never ran before' : `usually ${formatDuration(fire.expectedMs)}`
  return `${fire.jobName.slice(0, 200)}, ${absoluteText(fire.at, zone)}, ${length}${fire.collides ? `. ${clash}` : ''}`
}

/** Beside the mark, inside of the chart. */
export function FireDetails({ chosen: { fire, place } }: { chosen: Chosen }) {
  const { zone } = useShownZone(fire.timeZone)
  const now = useNow()
  return (
    <div className={classes['details']} style={place} role="tooltip">
      <strong>
        <bdi>{(fire.jobName.trim() || fire.jobType).slice(0, 200)}</bdi>
      </strong>
      {formatAge(fire.at, now)} · {absoluteText(fire.at, zone)}
      <br />
      {fire.expectedMs === null
        ? 'It never ran, so its length is not known.'
        : `Usually takes ${formatDuration(fire.expectedMs)}.`}
      {fire.collides && (
        <>
          <br />▲ {clash}
        </>
      )}
    </div>
  )
}
