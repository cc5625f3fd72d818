import type { ReadinessPageWork } from '../../../shared/contract/readiness.ts'
import type { ReadinessVerdict } from '../../../shared/domain.ts'
import type { Unknown } from '../../../shared/outlook-words.ts'
import { counted } from '../../components/counts.ts'

export interface PageVerdict {
  readonly page: string
  readonly verdict: ReadinessVerdict
  readonly reason: string | null
  /** When a page that is not ready is expected to be, to the minute; null when it is, and when nobody can say (`unknown`). */
  readonly expectedAt: Date | null
  /** Until when a page that can be used stays so by what is there, to the minute. */
  readonly readyUntil: Date | null
  /** The dataset that goes stale before anything begins to refresh it, to the minute: see `goesStale` of the call. */
  readonly goesStale: { readonly dataset: string; readonly at: Date } | null
  readonly unknown: Unknown | null
  readonly work: ReadinessPageWork | null
  /** Null = nobody has asked about a time. */
  readonly isNotReadyBy: boolean | null
}

export interface BrandReadiness {
  readonly id: string
  readonly name: string
  readonly pages: readonly PageVerdict[]
}

interface ListedBrand {
  readonly id: string
  readonly name: string
  readonly verdicts: readonly ReadinessVerdict[]
  readonly reasons: Readonly<Record<string, string>>
  readonly readyInSeconds: readonly (number | null)[]
  readonly readyForSeconds: readonly (number | null)[]
  readonly goesStale: Readonly<Record<string, { readonly dataset: string; readonly inSeconds: number }>>
  readonly unknown: Readonly<Record<string, Unknown>>
  readonly work: Readonly<Record<string, ReadinessPageWork>>
  readonly notReadyBy: readonly string[] | null
}

/** Each verdict beside its page, as the answer of the call leaves out. */
export function brandsOf(answer: {
  readonly asOf: Date
  readonly pages: readonly { readonly key: string }[]
  readonly brands: readonly ListedBrand[]
}): BrandReadiness[] {
  const after = (seconds: number | null | undefined): Date | null => minuteAfter(answer.asOf, seconds ?? null)
  return answer.brands.map(({ id, name, verdicts, ...brand }) => ({
    id,
    name,
    pages: answer.pages.map(({ key }, place) => ({
      page: key,
      verdict: verdicts[place] ?? 'not_ready',
      reason: brand.reasons[key] ?? null,
      expectedAt: after(brand.readyInSeconds[place]),
      readyUntil: after(brand.readyForSeconds[place]),
      goesStale: staleAfter(answer.asOf, brand.goesStale[key]),
      unknown: brand.unknown[key] ?? null,
      work: brand.work[key] ?? null,
      isNotReadyBy: brand.notReadyBy?.includes(key) ?? null,
    })),
  }))
}

function staleAfter(
  asOf: Date,
  found: { readonly dataset: string; readonly inSeconds: number } | undefined,
): PageVerdict['goesStale'] {
  const at = minuteAfter(asOf, found?.inSeconds ?? null)
  return found === undefined || at === null ? null : { dataset: found.dataset, at }
}

/** To the minute, which the same instant is in every answer, though each counts the seconds from when it was given. */
function minuteAfter(asOf: Date, seconds: number | null): Date | null {
  return seconds === null ? null : new Date(Math.round((asOf.getTime() + seconds * 1_000) / 60_000) * 60_000)
}

/** "3 of 40 brands will not be ready by 09:00: 4 of 200 pages." `when`: as the filter has it. */
export function byAnswer(brands: readonly BrandReadiness[], when: string): string {
  const pages = brands.flatMap((brand) => brand.pages)
  const late = pages.filter(({ isNotReadyBy }) => isNotReadyBy === true).length
  const concerned = brands.filter(isLateBrand).length
  if (pages.length === 0) return 'No page asks for any dataset yet.'
  if (late === 0)
    return `By ${when} everything is ready: ${counted(pages.length, 'page')} of ${counted(brands.length, 'brand')}.`
  return `${concerned.toLocaleString()} of ${counted(brands.length, 'brand')} will not be ready by ${when}: ${late.toLocaleString()} of ${counted(pages.length, 'page')}.`
}

/** One page at least will not be ready by the time asked about. */
export function isLateBrand({ pages }: BrandReadiness): boolean {
  return pages.some(({ isNotReadyBy }) => isNotReadyBy === true)
}

/** By when this page will be ready: what nobody can say first, then the latest, then what stays ready the shortest. */
export function latestFirst(brands: readonly BrandReadiness[], page: string): BrandReadiness[] {
  const placeOf = ({ pages }: BrandReadiness): readonly [number, number] => {
    const found = pages.find((one) => one.page === page)
    if (found === undefined) return [3, 0]
    if (found.verdict !== 'not_ready') return [2, found.readyUntil?.getTime() ?? Number.POSITIVE_INFINITY]
    return found.expectedAt === null ? [0, 0] : [1, -found.expectedAt.getTime()]
  }
  const places = new Map(brands.map((brand) => [brand.id, placeOf(brand)]))
  return brands.toSorted((a, b) => {
    const [left, right] = [places.get(a.id) ?? [3, 0], places.get(b.id) ?? [3, 0]]
    if (left[0] !== right[0]) return left[0] - right[0]
    return left[1] === right[1] ? a.name.localeCompare(b.name) : left[1] - right[1]
  })
}

/** What an operator would say: "3 of 41 pages are not ready, 2 are degraded." */
export function readinessAnswer(brands: readonly BrandReadiness[]): string {
  const pages = brands.flatMap((brand) => brand.pages)
  const [notReady, degraded] = (['not_ready', 'degraded'] as const).map(
    (verdict) => pages.filter((page) => page.verdict === verdict).length,
  ) as [number, number]
  const concerned = brands.filter(({ pages }) => pages.some(({ verdict }) => verdict === 'not_ready'))
  const [only] = concerned
  if (pages.length === 0) return 'No page asks for any dataset yet.'
  if (notReady === 0 && degraded === 0)
    return `Everything is ready: ${counted(pages.length, 'page')} of ${counted(brands.length, 'brand')}.`
  const of = `of ${pages.length.toLocaleString()} pages`
  const doubt = degraded === 0 ? '' : `${degraded.toLocaleString()} ${degraded === 1 ? 'is' : 'are'} degraded`
  if (notReady === 0) return `Everything can be used; ${doubt} (${of}).`
  const where =
    concerned.length === 1 && only !== undefined
      ? `, ${notReady === 1 ? '' : 'all '}of ${only.name.slice(0, 60)}`
      : `, of ${counted(concerned.length, 'brand')}`
  return `${notReady.toLocaleString()} ${of} ${notReady === 1 ? 'is' : 'are'} not ready${where}${doubt === '' ? '' : `; ${doubt}`}.`
}

const badness: Readonly<Record<ReadinessVerdict, number>> = { not_ready: 10_000, degraded: 1, ready: 0 }

/** Brands with the most pages that are not ready first, then those with degraded ones, then by name. */
export function worstFirst(brands: readonly BrandReadiness[]): BrandReadiness[] {
  const sum = ({ pages }: BrandReadiness): number => pages.reduce((all, { verdict }) => all + badness[verdict], 0)
  const sums = new Map(brands.map((brand) => [brand.id, sum(brand)]))
  return brands.toSorted((a, b) => (sums.get(b.id) ?? 0) - (sums.get(a.id) ?? 0) || a.name.localeCompare(b.name))
}

/** The pages of the one brand of an answer, those that are not ready first; equals in the order of the catalog. */
export function worstPagesFirst<Page extends { readonly key: string }>(answer: {
  readonly pages: readonly Page[]
  readonly brands: readonly ListedBrand[]
}): Page[] {
  const verdicts = answer.brands[0]?.verdicts ?? []
  const rated = answer.pages.map((page, place) => ({ page, badness: badness[verdicts[place] ?? 'ready'] }))
  return rated.toSorted((a, b) => b.badness - a.badness).map(({ page }) => page)
}

/** Brands with the text in their names, and with a page that has one of the verdicts; none = any. */
export function filteredBrands(
  brands: readonly BrandReadiness[],
  text: string,
  verdicts: readonly ReadinessVerdict[],
): BrandReadiness[] {
  const wanted = text.trim().toLocaleLowerCase()
  return brands.filter(
    ({ name, pages }) =>
      name.toLocaleLowerCase().includes(wanted) &&
      (verdicts.length === 0 || pages.some(({ verdict }) => verdicts.includes(verdict))),
  )
}
