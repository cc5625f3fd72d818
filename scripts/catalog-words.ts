/** What each key of pipeline-manager.yaml is for; the path is where it stands. docs/catalog.md is made of this and the schemas. */
export const catalogWords: Readonly<Record<string, string>> = {
  extends: 'The catalog this one adds to: the built-in one, or nothing.',
  datasets: 'What pipelines produce, for each brand.',
  'datasets.<name>.label': 'What people read; the name unless told.',
  'datasets.<name>.description': 'A sentence for people.',
  'datasets.<name>.max_age_hours': 'Older is stale. `null` or left out: what the pages say that need it.',
  'datasets.<name>.due':
    'When its maximum age counts, the pages’ too: days, time and IANA zone, `weekdays 09:00 Europe/Berlin`, `mon,thu 18:30 UTC`, `daily 07:00 UTC`. Between these moments it may be older. `null` or left out: always.',
  'datasets.<name>.never_zero': 'A success with zero records is shown as suspicious. `false` unless told.',
  'datasets.<name>.probe':
    'Looks at the data itself, after each success and every so often; a success with which nothing moved is suspicious. `null` takes away that of the catalog it extends.',
  'datasets.<name>.probe.sql':
    'Gives one row with `latest` (a time), `rows` (a count), or both. `{{ run.brand_id }}` is the brand.',
  'datasets.<name>.probe.connection': 'One of `connections`, or `agent`: the agent’s own database.',
  'datasets.<name>.probe.every_minutes': 'How often, beside after each success.',
  'datasets.<name>.probe.may_rest_hours': 'How long the data may stay as it is without being suspicious.',
  'datasets.<name>.owner':
    'Who answers for it, a team or a person; shown wherever it is wrong, and told with it. `null` takes away that of the catalog it extends.',
  'datasets.<name>.runbook':
    'Where it is written what to do when it is wrong: an address that begins with `https://` or `http://`. `null` as above.',
  job_types: 'Kinds of work. An entry with the name of a built-in one changes what it says.',
  'job_types.<name>.label': 'What people read; the name unless told.',
  'job_types.<name>.description': 'A sentence for people.',
  'job_types.<name>.timeout_minutes':
    'A run that takes longer is stopped and has failed. 60 unless told; a job may have its own.',
  'job_types.<name>.expected_minutes':
    'A run that takes longer is told as one that does not end; it is not stopped. `null` or left out: three times what is usual, and ten minutes more at least.',
  'job_types.<name>.parameters':
    'JSON Schema of an object. Forms are made of it, and what does not fit never runs. A parameter that it does not name is refused unless it says `additionalProperties: true`.',
  'job_types.<name>.steps':
    'What a run does, in this order. For a built-in job type: only the steps that differ, by `key`.',
  'job_types.<name>.steps[].key': 'Names the step within its job type.',
  'job_types.<name>.steps[].label': 'What people read; the key in words unless told.',
  'job_types.<name>.steps[].dataset': 'The one dataset that its success refreshes.',
  'job_types.<name>.steps[].fatal': '`false`: its failure is recorded, and the run goes on. `true` unless told.',
  'job_types.<name>.steps[].retry':
    '`never`: when nobody knows whether it was done, nothing is tried again and a person decides (`outcome_unknown`).',
  'job_types.<name>.steps[].when': 'Name of a parameter; the step is left out unless that is `true`.',
  'job_types.<name>.steps[].run':
    'What it does: exactly one of `command`, `sql`, `http` and `builtin`, below. Without it no agent that uses this file runs the job type.',
  'job_types.<name>.cadence': 'Suggested for new schedules, in the console and by `pm schedule` without `--cron`.',
  'job_types.<name>.cadence.cron': 'Five fields: minute, hour, day of month, month, day of week.',
  'job_types.<name>.cadence.time_zone': 'IANA zone; the setting `default_time_zone` unless told.',
  'job_types.<name>.backfill':
    'For work that is done for days: which parameters say what days a run covers. Then old days can be run again, and a run for old days makes no data look newer than those days.',
  'job_types.<name>.backfill.from': 'The parameter (`type: string`, `format: date`) with the first day.',
  'job_types.<name>.backfill.to':
    'The parameter with the last day, included. Left out: a run covers one day, that of `from`.',
  'job_types.<name>.backfill.most_days': 'How many days one run may cover; 31 unless told, without `to` 1.',
  'job_types.<name>.secrets':
    'Environment variables of the agent whose values are masked in every log, beside those that the steps name.',
  'job_types.<name>.resume':
    '`true`: a run may begin with the step at which another one failed. Only where a step finds what earlier ones made whichever run made it: in the warehouse, or in files named by `{{ run.first_id }}`. `false` unless told.',
  'job_types.<name>.owner': 'Who answers for its runs, as of a dataset.',
  'job_types.<name>.runbook': 'What to do when a run of it fails, as of a dataset.',
  pages: 'Who needs which data, how fresh.',
  'pages.<name>.label': 'What people read.',
  'pages.<name>.owner': 'Who answers for the page, as of a dataset.',
  'pages.<name>.runbook': 'What to do when it is not ready, as of a dataset.',
  'pages.<name>.requires': 'All of these have to be fresh enough for the page to be ready.',
  'pages.<name>.requires[].dataset': 'The dataset.',
  'pages.<name>.requires[].max_age_hours': 'How old it may be for this page.',
  'pages.<name>.requires[].fix': 'What is run when it is not.',
  'pages.<name>.requires[].fix.job_type': 'The job type.',
  'pages.<name>.requires[].fix.parameters': 'Its parameters; what is left out has its default.',
  connections: 'Databases that `sql` steps and probes use.',
  'connections.<name>.url_env': 'The environment variable with the URL: `postgres://…`.',
  'connections.<name>.read_only': '`false` lets steps write.',
  'connections.<name>.statement_timeout_seconds': 'A statement that takes longer is cancelled.',
  'connections.<name>.max_rows':
    'A statement that returns more rows has failed and is not tried again. No limit unless told.',
  credentials: 'Headers with a secret, for `http` steps.',
  'credentials.<name>.header': 'Such as `Authorization`.',
  'credentials.<name>.value_env': 'The environment variable with its whole value: `Bearer …`.',
  http: 'Where `http` steps and channels may connect.',
  'http.allow_hosts': '`host` or `host:port`; nothing else is reached. A private address must be listed too.',
  notifications: 'How somebody is told. Who is told what is decided for each organization, in the console.',
  'notifications.channels':
    'By name; each is exactly one of `slack`, `webhook`, `email` and `command`, below. `in_app` and `desktop` are always there.',
  lineage: 'What names of OpenLineage mean; the most specific pattern counts.',
  'lineage[].namespace': '`*` stands for anything.',
  'lineage[].name': '`*` stands for anything.',
  'lineage[].brand': 'Name or id, of the organization whose token reports.',
  'lineage[].dataset': 'What is refreshed.',
  settings: 'Any setting but `config`; flags and environment variables win over these.',
}

/** Of a step's `run`. */
export const runWords: Readonly<Record<string, string>> = {
  command:
    'The program, then its arguments; no shell is involved. Templates are allowed in the arguments. 0 is success; 78, 126 and 127 are for a person; anything else is tried again.',
  cwd: 'Folder to run in, from that of the file on; that of the file unless told.',
  env: 'Variables of the agent that it gets, beside `PATH`, `HOME` and the like and `PM_RUN_ID`, `PM_JOB_TYPE`, `PM_BRAND_ID`, `PM_STEP`, `PM_ATTEMPT`, `PM_PARAMETERS`. Their values are masked in logs.',
  timeout_seconds: 'It is stopped then, and tried again. The job type’s `timeout_minutes` holds in any case.',
  sql: 'One statement, or several where there are no templates and no pooler. Templates are bound values, never text. The row count of the last one is the records.',
  connection: 'One of `connections`.',
  http: 'A request; 2xx is success unless `expect_status` says otherwise.',
  'http.method':
    'Tried up to three times within a run; POST and PATCH again only when nothing can have been done (no connection, 429, 503).',
  'http.url':
    'Scheme, host and port are fixed and listed in `http.allow_hosts`; templates are allowed in path and query.',
  'http.headers': 'Templates are allowed in the values. `Host`, `Content-Length` and their like are set by the agent.',
  'http.body':
    'Sent as JSON; templates are allowed in it, and a text that is one whole template keeps the type of its value.',
  'http.credential': 'One of `credentials`.',
  'http.expect_status': 'One status, or a list, that is success instead of 2xx.',
  'http.timeout_seconds': 'For one try.',
  'http.records': 'JSON pointer (RFC 6901) to a count, or to a list that is counted, in the answer.',
  builtin: 'Code of this program, by name.',
  with: 'Its own settings: `require_ready` has `page` and goes on only when that page is ready for the brand; `run_step` has `job_type` and `step`; what ends in `_env` names an environment variable.',
}

/** Of a channel. */
export const channelWords: Readonly<Record<string, string>> = {
  slack: 'An incoming webhook of Slack.',
  'slack.url_env': 'The environment variable with its URL.',
  webhook: 'JSON, signed as [Standard Webhooks](https://www.standardwebhooks.com) has it.',
  'webhook.url_env': 'The environment variable with the URL.',
  'webhook.secret_env': 'The environment variable with the secret.',
  email: 'A message by SMTP.',
  'email.smtp_url_env': 'The environment variable with `smtps://user:password@host` or `smtp://…`.',
  'email.from': 'The sender.',
  'email.to': 'Who gets it.',
  command: 'A program and its arguments; it gets the message as JSON on its standard input. No templates.',
  cwd: 'Folder to run in, from that of the file on.',
  env: 'Variables of the agent that it gets.',
  timeout_seconds: 'It is stopped then, and told again later.',
}
