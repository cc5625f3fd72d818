import type { ReactNode } from 'react'
import type { Measures, Scorecard, ScoredAd } from '../../../shared/scorecard.ts'
import { attentionWords, changeText, moneyText, ratioText, scorecardSentence } from '../../../shared/scorecard-words.ts'
import { Name } from '../../components/untrusted.tsx'
import classes from './run-details.module.css'
import own from './scorecard-view.module.css'

/** A scorecard as an operator reads it: the sentence, the sums, what does well, what does not and why. */
export function ScorecardView({ scorecard }: { scorecard: Scorecard }) {
  const { previousWindow, totals, topPerformers, needsAttention, attentionCount } = scorecard
  const more = attentionCount - needsAttention.length
  return (
    <>
      <div>
        <p className={classes['problem']}>{scorecardSentence(scorecard)}</p>
        <p className={own['note']}>
          Changes against {previousWindow.since} to {previousWindow.until}. Ads with less than 1 % of the spend are not
          judged.
        </p>
      </div>
      {totals.map(({ currency, current, previous }) => (
        <section key={currency ?? ''} aria-label={`In all, ${currency ?? 'currency unknown'}`}>
          <h3>In all{totals.length > 1 ? `, ${currency ?? 'currency unknown'}` : ''}</h3>
          <dl className={own['sums']}>
            {figuresOf(current, previous, currency).map(({ name, text, change }) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>
                  {text} <span className="pm-dim">{change}</span>
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <Ads title="Top performers" none="No ad sells at or above what all earn together." ads={topPerformers} />
      <Ads
        title="Needs attention"
        none="No ad needs attention."
        ads={needsAttention}
        why={(ad) =>
          needsAttention
            .find((one) => one === ad)
            ?.reasons.map((reason) => attentionWords[reason])
            .join(', ')
        }
      />
      {more > 0 && <p className={own['note']}>And {more} more, on which less was spent.</p>}
    </>
  )
}

interface Figure {
  readonly name: string
  readonly text: string
  readonly change: string
}

function figuresOf(now: Measures, before: Measures | null, currency: string | null): Figure[] {
  return [
    { name: 'Spend', text: moneyText(now.spend, currency), change: changeText(now.spend, before?.spend ?? null) },
    {
      name: 'Revenue',
      text: moneyText(now.revenue, currency),
      change: changeText(now.revenue, before?.revenue ?? null),
    },
    { name: 'ROAS', text: ratioText(now.roas), change: changeText(now.roas, before?.roas ?? null) },
    { name: 'CTR', text: ratioText(now.ctr, ' %'), change: changeText(now.ctr, before?.ctr ?? null) },
    {
      name: 'Purchases',
      text: now.purchases.toLocaleString('en'),
      change: changeText(now.purchases, before?.purchases ?? null),
    },
  ]
}

function Ads(props: { title: string; none: string; ads: readonly ScoredAd[]; why?: (ad: ScoredAd) => ReactNode }) {
  const { title, none, ads, why } = props
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {ads.length === 0 ? (
        <p className={own['note']}>{none}</p>
      ) : (
        <div className={own['scroll']} tabIndex={0} role="region" aria-label={`${title}, table`}>
          <table className={own['table']}>
            <thead>
              <tr>
                <th scope="col">Ad</th>
                {['Spend', 'ROAS', 'CTR', 'Purchases'].map((name) => (
                  <th key={name} scope="col" className={own['number']}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {ads.map((ad) => (
                <tr key={`${ad.adId} ${ad.currency}`}>
                  <th scope="row">
                    <Name text={ad.name} />
                    {why !== undefined && <span className={own['why']}>{why(ad)}</span>}
                  </th>
                  {figuresOf(ad.current, ad.previous, ad.currency)
                    .filter(({ name }) => name !== 'Revenue')
                    .map(({ name, text, change }) => (
                      <td key={name} className={own['number']}>
                        {text}
                        <span className={own['change']}>{change}</span>
                      </td>
                    ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}
