import type { ReadinessVerdict } from '../../../shared/domain.ts'
import { counted } from '../../components/counts.ts'

export interface BrandReadiness {
  readonly id: string
  readonly name: string
  readonly pages: readonly {
    readonly page: string
    readonly verdict: ReadinessVerdict
    readonly reason: string | null
  }[]
}

interface ListedBrand {
  readonly id: string
  readonly name: string
  readonly verdicts: readonly ReadinessVerdict[]
  readonly reasons: Readonly<Record<string, string>>
}

/** Each verdict beside its page, as the answer of the call leaves out. */
export function brandsOf(answer: {
  readonly pages: readonly { readonly key: string }[]
  readonly brands: readonly ListedBrand[]
}): BrandReadiness[] {
  return answer.brands.map(({ id, name, verdicts, reasons }) => ({
    id,
    name,
    pages: answer.pages.map(({ key }, place) => ({
      page: key,
      verdict: verdicts[place] ?? 'not_ready',
      reason: reasons[key] ?? null,
    })),
  }))
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
