import classes from '../../page.module.css'
import { Connecting } from './connecting.tsx'

/** What Airflow, Spark, dbt and others report by OpenLineage. */
export function LineageSection() {
  return (
    <section className={classes['section']} aria-labelledby="lineage">
      <h2 id="lineage">OpenLineage</h2>
      <p>
        Airflow, Spark, dbt and others tell here what they have run. Their runs are shown in Run history, and the
        datasets they write are fresh here too, once it is known which dataset of which brand they mean.
      </p>
      <Connecting />
    </section>
  )
}
