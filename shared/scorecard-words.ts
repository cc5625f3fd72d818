import type { AttentionReason, Measures, Scorecard, ScoredAd } from './scorecard.ts'

/** Why an ad needs attention, after its name. */
export const attentionWords = {
  no_purchases: 'no purchases',
  loses_money: 'earns less than it costs',
  roas_fell: 'ROAS fell by 30 % or more',
  ctr_fell: 'CTR fell by 30 % or more',
} as const satisfies Readonly<Record<AttentionReason, string>>

/** `1,234.50 USD`; without the currency where nobody knows it. */
export function moneyText(amount: number, currency: string | null): string {
  const number = amount.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
  return currency === null ? number : `${number} ${currency}`
}

/** `2.41`; a dash where there is nothing to divide by. */
export function ratioText(value: number | null, unit = ''): string {
  return value === null
    ? '–'
    : `${value.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}${unit}`
}

/** `+12 %`, `−40 %`; empty where there is nothing to compare with. */
export function changeText(now: number | null, before: number | null): string {
  if (now === null || before === null || before === 0) return ''
  const percent = Math.round((now / before - 1) * 100)
  if (percent === 0) return '±0 %'
  return `${percent > 0 ? '+' : '−'}${Math.abs(percent).toLocaleString('en')} %`
}

/** One sentence: what an operator would say of it. */
export function scorecardSentence({ ads, judged, topPerformers, attentionCount, window }: Scorecard): string {
  const span = `${window.since} to ${window.until}`
  if (ads === 0) return `No ad of the brand has figures from ${span}.`
  const counted = `${ads} ${ads === 1 ? 'ad' : 'ads'} from ${span}, ${judged} of them with enough spend to judge`
  return `${counted}: ${topPerformers.length} top ${topPerformers.length === 1 ? 'performer' : 'performers'}, ${attentionCount} in need of attention.`
}

/** The whole scorecard as Markdown, for reading and sending on. */
export function scorecardReport(scorecard: Scorecard): string {
  const { brand, window, previousWindow, totals, topPerformers, needsAttention, attentionCount } = scorecard
  const attention = needsAttention.map((ad) => [
    ...cells(ad),
    ad.reasons.map((reason) => attentionWords[reason]).join(', '),
  ])
  const more = attentionCount - needsAttention.length
  return [
    `# Scorecard of ${inline(brand)}`,
    scorecardSentence(scorecard),
    `Compared with ${previousWindow.since} to ${previousWindow.until}. Window: ${window.since} to ${window.until}.`,
    '## In all',
    table(
      ['Currency', ...headings],
      totals.map(({ currency, current, previous }) => [currency ?? 'unknown', ...figures(current, previous, currency)]),
    ),
    '## Top performers',
    table(['Ad', ...headings], topPerformers.map(cells)),
    '## Needs attention',
    table(['Ad', ...headings, 'Why'], attention),
    ...(more > 0 ? [`And ${more} more, on which less was spent.`] : []),
    '',
  ].join('\n\n')
}

const headings = ['Spend', 'Revenue', 'ROAS', 'CTR', 'Purchases'] as const

function cells({ name, currency, current, previous }: ScoredAd): string[] {
  return [inline(name), ...figures(current, previous, currency)]
}

function figures(now: Measures, before: Measures | null, currency: string | null): string[] {
  const withChange = (text: string, change: string): string => (change === '' ? text : `${text} (${change})`)
  return [
    withChange(moneyText(now.spend, currency), changeText(now.spend, before?.spend ?? null)),
    withChange(moneyText(now.revenue, currency), changeText(now.revenue, before?.revenue ?? null)),
    withChange(ratioText(now.roas), changeText(now.roas, before?.roas ?? null)),
    withChange(ratioText(now.ctr, ' %'), changeText(now.ctr, before?.ctr ?? null)),
    withChange(now.purchases.toLocaleString('en'), changeText(now.purchases, before?.purchases ?? null)),
  ]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return 'None.'
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

/** Names are anything anybody typed: nothing of them is markup, or ends a cell or a line. */
function inline(text: string): string {
  const oneLine = text.slice(0, 200).replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu, ' ')
  return oneLine.replaceAll(/[\\`*_{}[\]<>()#+!|~&-]/g, (mark) => `\\${mark}`)
}
