import type { InferContractRouterOutputs } from '@orpc/contract'
import { groupsInOrder, isInGroup } from '../../../shared/brand-groups.ts'
import type { Contract } from '../../../shared/contract/index.ts'
import { formatDuration } from '../../../shared/duration.ts'
import type { IncidentKind } from '../../../shared/incidents.ts'
import { kindInWords } from '../../incidents/incident-words.ts'

export type Route = InferContractRouterOutputs<Contract>['notifications']['routes']['routes'][number]

/** What a route says, as it is edited: no kind chosen, or neither a brand nor a group = all of them. */
export interface RouteValues {
  readonly channel: string
  readonly kinds: readonly IncidentKind[]
  readonly brandIds: readonly string[]
  /** Names; whoever carries one of them when something goes wrong. */
  readonly groups: readonly string[]
  readonly tellsResolved: boolean
  readonly enabled: boolean
  /** Null: at once. */
  readonly afterMinutes: number | null
  /** Of what waits: null: once. */
  readonly repeatMinutes: number | null
  /** Null: of whatever fits; otherwise of what is given to them. Empty while it is not said to whom. */
  readonly person: string | null
}

interface NamedBrand {
  readonly id: string
  readonly name: string
  readonly groups: readonly string[]
}

export const newRoute: RouteValues = {
  channel: '',
  kinds: [],
  brandIds: [],
  groups: [],
  tellsResolved: true,
  enabled: true,
  afterMinutes: null,
  repeatMinutes: null,
  person: null,
}

export function valuesOf(route: Route): RouteValues {
  const { channel, kinds, brandIds, groups, tellsResolved, enabled, afterMinutes, repeatMinutes, person } = route
  return {
    channel,
    afterMinutes,
    repeatMinutes,
    person,
    kinds: (kinds ?? []).toSorted(),
    brandIds: (brandIds ?? []).toSorted(),
    groups: groupsInOrder(groups ?? []),
    tellsResolved,
    enabled,
  }
}

export function inputOf(values: RouteValues) {
  const { channel, kinds, brandIds, groups, tellsResolved, enabled, afterMinutes, repeatMinutes, person } = values
  return {
    channel,
    afterMinutes,
    repeatMinutes,
    person: person?.trim() ?? null,
    kinds: kinds.length === 0 ? null : [...kinds],
    brandIds: brandIds.length === 0 ? null : [...brandIds],
    groups: groups.length === 0 ? null : [...groups],
    tellsResolved,
    enabled,
  }
}

export const routeLabels: Readonly<Record<keyof RouteValues, string>> = {
  channel: 'Channel',
  kinds: 'Kinds',
  brandIds: 'Brands',
  groups: 'Groups',
  tellsResolved: 'Also when it is over',
  enabled: 'On',
  afterMinutes: 'When',
  repeatMinutes: 'Again',
  person: 'Person',
}

/** "At once", "After 20 min, if nobody is on it, and every 15 min", "When given to Ana" */
export function whenInWords(
  route: Pick<RouteValues, 'afterMinutes'> & Partial<Pick<RouteValues, 'person' | 'repeatMinutes'>>,
): string {
  const { afterMinutes, repeatMinutes = null, person = null } = route
  if (person !== null) return `When given to ${person.trim() === '' ? 'somebody…' : person}`
  if (afterMinutes === null) return 'At once'
  const again = repeatMinutes === null ? '' : `, and every ${formatDuration(repeatMinutes * 60_000)}`
  return `After ${formatDuration(afterMinutes * 60_000)}, if nobody is on it${again}`
}

/** "Once", "Every 15 min while nobody is on it" */
export function againInWords({ repeatMinutes }: Pick<RouteValues, 'repeatMinutes'>): string {
  return repeatMinutes === null ? 'Once' : `Every ${formatDuration(repeatMinutes * 60_000)} while nobody is on it`
}

const shownNames = 3

/** "Stale dataset, failed run and 2 more"; `all` where nothing narrows. */
function namedOrAll(names: readonly string[], all: string): string {
  if (names.length === 0) return all
  const more = names.length - shownNames
  const shown = names.slice(0, shownNames).join(', ')
  return more > 0 ? `${shown} and ${more.toLocaleString()} more` : shown
}

export function kindsInWords({ kinds }: Pick<RouteValues, 'kinds'>): string {
  return namedOrAll(kinds.map(kindInWords), 'every kind')
}

export function brandsInWords(
  { brandIds, groups }: Pick<RouteValues, 'brandIds' | 'groups'>,
  brands: readonly NamedBrand[],
): string {
  const names = new Map(brands.map(({ id, name }) => [id, name]))
  const single = brandIds.map((id) => names.get(id) ?? 'a brand that is gone')
  const several = groups.map((group) => {
    const isCarried = brands.some((brand) => isInGroup(brand, group))
    return `every brand in ${group}${isCarried ? '' : ' (none now)'}`
  })
  return namedOrAll([...several, ...single], 'every brand')
}

/** Whether none is left because all that it had are gone: no brand means every brand, which nobody has asked for. */
export function hasLostItsBrands(
  route: Pick<Route, 'brandIds'> | null,
  { brandIds, groups }: Pick<RouteValues, 'brandIds' | 'groups'>,
  brands: readonly { readonly id: string }[],
): boolean {
  const had = route?.brandIds ?? []
  return (
    brandIds.length + groups.length === 0 &&
    had.length > 0 &&
    had.every((id) => brands.every((brand) => brand.id !== id))
  )
}

/** One field, in words. */
export function routeFieldInWords(
  values: RouteValues,
  field: keyof RouteValues,
  brands: readonly NamedBrand[],
): string {
  if (field === 'kinds') return kindsInWords(values)
  if (field === 'brandIds')
    return values.brandIds.length === 0 ? 'none by name' : brandsInWords({ ...values, groups: [] }, brands)
  if (field === 'groups') return values.groups.length === 0 ? 'none' : values.groups.join(', ')
  if (field === 'channel') return values.channel
  if (field === 'afterMinutes') return whenInWords({ afterMinutes: values.afterMinutes })
  if (field === 'repeatMinutes') return againInWords(values)
  if (field === 'person') return values.person ?? 'nobody in particular'
  return values[field] ? 'yes' : 'no'
}
