import { reportOrigin } from '../report-origin.ts'
import own from '../sources.module.css'

/** How the official clients are told where to report; `origin` is where this console is. */
const clients = [
  {
    name: 'Python, Airflow and dbt-ol',
    lines: (origin: string) => [
      `export OPENLINEAGE_URL=${origin}`,
      'export OPENLINEAGE_API_KEY=pm_…',
      '# Airflow:  pip install apache-airflow-providers-openlineage',
      '# dbt:      pip install openlineage-dbt, then dbt-ol run instead of dbt run',
    ],
  },
  {
    name: 'Spark',
    lines: (origin: string) => [
      'spark-submit --packages io.openlineage:openlineage-spark_2.13:1.40.1 \\',
      '  --conf spark.extraListeners=io.openlineage.spark.agent.OpenLineageSparkListener \\',
      '  --conf spark.openlineage.transport.type=http \\',
      `  --conf spark.openlineage.transport.url=${origin} \\`,
      '  --conf spark.openlineage.transport.auth.type=api_key \\',
      '  --conf spark.openlineage.transport.auth.apiKey=pm_…',
    ],
  },
  {
    name: 'curl',
    lines: (origin: string) => [
      `curl -sS -X POST ${origin}/api/v1/lineage \\`,
      "  -H 'Authorization: Bearer pm_…' -H 'Content-Type: application/json' \\",
      '  -d \'{"eventType":"COMPLETE","eventTime":"\'$(date -u +%FT%TZ)\'",',
      '       "producer":"https://example.com/loader","run":{"runId":"\'$(uuidgen)\'"},',
      '       "job":{"namespace":"cron","name":"load_orders"},',
      '       "outputs":[{"namespace":"postgres://db:5432","name":"shop.public.orders"}]}\'',
    ],
  },
] as const

/** Lines to copy for whoever wants to report here. */
export function Connecting() {
  const origin = reportOrigin(window.location.origin)
  return (
    <div className={own['howTo']}>
      <p>
        Make a token that may only report, on the machine of the agent:{' '}
        <code>pm token create --name airflow --scope ingest --organization &lt;name&gt;</code>. Put it where it says{' '}
        <code>pm_…</code>.
      </p>
      {clients.map(({ name, lines }) => (
        <section key={name}>
          <h3>{name}</h3>
          <pre tabIndex={0} role="region" aria-label={`Lines for ${name}`} dir="ltr">
            {lines(origin).join('\n')}
          </pre>
        </section>
      ))}
    </div>
  )
}
