import classes from '../../page.module.css'
import { reportOrigin } from '../report-origin.ts'
import own from '../sources.module.css'

/** How the results of dbt get here. */
export function DbtSection() {
  const origin = reportOrigin(window.location.origin)
  const importing = [
    'dbt build; dbt source freshness',
    'pm import dbt target/run_results.json target/sources.json --manifest target/manifest.json --brand <name>',
  ]
  const posting = [
    `cd target && jq -n '{runResults: input, sources: input, manifest: input}' run_results.json sources.json manifest.json |`,
    `  gzip | curl -fsS -X POST '${origin}/api/v1/dbt?brand=<name>' -H 'Authorization: Bearer pm_…' \\`,
    `    -H 'Content-Type: application/json' -H 'Content-Encoding: gzip' --data-binary @-`,
  ]
  return (
    <section className={classes['section']} aria-labelledby="dbt">
      <h2 id="dbt">dbt</h2>
      <p>
        Models, seeds, snapshots and sources are datasets of a brand: with rows, errors and times of each run. The
        error_after of a source is its maximum age, and from its warn_after on it is at risk. The manifest may be left
        out; with it, sources that were not reached have their ages, and <code>meta.pipeline_manager</code> of a model
        names its brand and its dataset. The same files again change nothing.
      </p>
      <div className={own['howTo']}>
        <h3>Beside the agent</h3>
        <pre tabIndex={0} role="region" aria-label="Lines for pm import" dir="ltr">
          {importing.join('\n')}
        </pre>
        <h3>From elsewhere, with a token of the scope ingest</h3>
        <pre tabIndex={0} role="region" aria-label="Lines for the API" dir="ltr">
          {posting.join('\n')}
        </pre>
      </div>
    </section>
  )
}
