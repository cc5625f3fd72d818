import { desktopChannel, isAtOnce } from '../../../shared/notifications/dispatch-plan.ts'
import { counted } from '../../components/counts.ts'

interface Told {
  readonly name: string
  readonly notice: string | null
}

interface Routed {
  readonly channel: string
  readonly enabled: boolean
  readonly afterMinutes: number | null
  readonly person: string | null
}

/** Who hears of what goes wrong, and whether that works. */
export function answerOf(channels: readonly Told[], routes: readonly Routed[]): string {
  const routed = [
    ...new Set(routes.filter(({ enabled, person }) => enabled && person === null).map(({ channel }) => channel)),
  ]
  const failing = new Set(channels.filter(({ notice }) => notice !== null).map(({ name }) => name))
  const [first] = failing
  if (first !== undefined) {
    return failing.size === 1
      ? `The channel ${first} does not work.`
      : `${counted(failing.size, 'channel')} do not work.`
  }
  if (routed.length === 0) {
    const isDesktopOff = routes.some((route) => route.channel === desktopChannel && isAtOnce(route))
    return isDesktopOff
      ? 'Nobody is told: what goes wrong is shown in the console alone.'
      : 'What goes wrong is told on desktops and in the console alone.'
  }
  return `What goes wrong is told on ${named(routed)}.`
}

function named(names: readonly string[]): string {
  const shown = names.slice(0, 3)
  const more = names.length - shown.length
  const all = more > 0 ? [...shown, `${more.toLocaleString()} more`] : shown
  return all.length === 1 ? (all[0] ?? '') : `${all.slice(0, -1).join(', ')} and ${all.at(-1) ?? ''}`
}
