import classes from '../../page.module.css'
import own from '../sources.module.css'

/** How the results of dbt get here. */
export function DbtSection() {
  const { origin } = window.location
  const importing = [
    'dbt build; dbt source freshness',
    'pm import dbt target/run_results.json target/sources.json --brand <name>',
  ]
  const posting = [
    `jq '{runResults: {metadata, args: {which: .args.which}, results: [.results[]`,
    `  | {unique_id, status, message, timing, adapter_response}]}}' target/run_results.json |`,
    `  curl -fsS -X POST ${origin}/api/brands/<brand id>/dbt -H 'Authorization: Bearer pm_…' \\`,
    `    -H 'Content-Type: application/json' --data-binary @-`,
  ]
  return (
    <section className={classes['section']} aria-labelledby="dbt">
      <h2 id="dbt">dbt</h2>
      <p>
        Models, seeds, snapshots and sources are datasets of a brand: with rows, errors and times of each run. The
        error_after of a source is its maximum age, and from its warn_after on it is at risk. The same files again
        change nothing.
      </p>
      <div className={own['howTo']}>
        <h3>Beside the agent</h3>
        <pre tabIndex={0} role="region" aria-label="Lines for pm import" dir="ltr">
          {importing.join('\n')}
        </pre>
        <h3>From elsewhere, with a token that may operate</h3>
        <pre tabIndex={0} role="region" aria-label="Lines for the API" dir="ltr">
          {posting.join('\n')}
        </pre>
      </div>
    </section>
  )
}
